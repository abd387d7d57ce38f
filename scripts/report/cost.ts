/** What a run costs: an estimate of what AWS bills. */
import type { ExecutionDescription, RunFigures } from '../../client';
import type { CostView } from '../../page/run-view';
import { costOf } from '../../runtime/cost/cost';
import type { Prices } from '../../runtime/cost/prices';
import { DRAIN_SECONDS, type FleetFacts, type Work } from '../../runtime/cost/usage';
import { findPrices } from '../run/prices';
import type { Target } from '../target/target';

/** Undefined if the deployment does not say what instances it has, or if nothing ran. */
export async function costOfRun(
  target: Target,
  description: ExecutionDescription | undefined,
  figures: RunFigures,
): Promise<CostView | undefined> {
  const { fleet } = target.batch.deployment;
  if (!fleet || figures.workers === 0) return undefined;
  return costView(target.kind, workOf(description, figures), fleet, await findPrices(target, fleet));
}

/** As the pages show it. */
export function costView(kind: Target['kind'], work: Work, fleet: FleetFacts, prices: Prices): CostView {
  const { instanceType, spot } = fleet;
  return {
    ...costOf(work, fleet, prices),
    isImagined: kind === 'local',
    instances: `${instanceType}, ${spot ? 'Spot' : 'on-demand'}`,
  };
}

/** For an execution that Step Functions has forgotten: only the workers and times in the results. */
function workOf(description: ExecutionDescription | undefined, figures: RunFigures): Work {
  const { counts, workers: seen, retried, from = 0, to = 0, bytesOut } = figures;
  const { worker_count: workers = seen, batch_size = 1 } = description?.input ?? {};
  // Between an end and a redrive there are no workers; how long they ran before, nobody knows.
  const { startedAt = from, redrivenAt = startedAt, endedAt = to } = description ?? {};
  const { success, skipped, failed, done } = counts;
  const objects = success + skipped + failed + done;
  return {
    workers,
    workerSeconds: workers * ((Number(endedAt) - Number(redrivenAt)) / 1000 + DRAIN_SECONDS),
    attempts: Math.ceil((objects + retried) / batch_size),
    objects,
    skipped,
    outputs: success,
    outputBytes: bytesOut,
  };
}
