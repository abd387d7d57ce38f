/** Starts an execution, and follows one to its end. */
import type { Execution, ExecutionDescription, ExecutionInput, Snapshot } from '../../client';
import { type TrackedSnapshot, trackSnapshots } from '../../client/follow/tracked-snapshots';
import type { Prices } from '../../runtime/cost/prices';
import type { Work } from '../../runtime/cost/usage';
import { executionConsoleUrl } from '../../stacks/core/console';
import type { Progress } from '../cli/progress';
import type { Target } from '../target/target';
import { describeProgress } from './describe-progress';
import { InterruptedRun } from './interruption';
import { describeCost, findPrices, runCost } from './prices';
import { ShownLog } from './shown-log';

/** The local cloud answers at once, and costs nothing. On AWS the client keeps to the API's quotas. */
const INTERVAL_SECONDS = { local: 0.25, aws: undefined };

/** Shows the ARN and, on AWS, the console link. The caller has checked the input. */
export async function start(
  { kind, batch }: Target,
  name: string,
  input: ExecutionInput,
  progress: Progress,
): Promise<Execution> {
  const execution = await batch.start(input, { name, check: false });
  progress.note(`Execution ${execution.arn}`);
  if (kind === 'aws') progress.note(executionConsoleUrl(batch.deployment.region, execution.arn));
  return execution;
}

export interface FollowedRun {
  execution: Execution;
  /** Asked for. */
  workers: number;
  /** Whether its input has `force`. */
  force?: boolean;
  /** Whether the workers' log lines are shown, too. */
  logs?: boolean;
  /** Whether the execution goes on when `signal` is aborted. Default: it is stopped. */
  isLeft?: boolean;
}

/**
 * Shows the progress. When `signal` is aborted, stops the execution, unless it is left, and throws an InterruptedRun. Returns also what
 * only a follower of the run knows.
 */
export async function followToEnd(
  target: Target,
  { execution, workers, force, logs, isLeft = false }: FollowedRun,
  progress: Progress,
  signal: AbortSignal,
): Promise<FollowedToEnd> {
  const { kind, batch } = target;
  const { fleet } = batch.deployment;
  const log = logs ? new ShownLog(target, execution.name, Date.now()) : undefined;
  const prices = fleet && findPrices(target, fleet);
  // Nobody waits for them: until they are known, the progress line has no cost.
  let known: Prices | undefined;
  void prices?.then((found) => {
    known = found;
  });
  const snapshots = execution.follow({ signal, intervalSeconds: INTERVAL_SECONDS[kind] });
  let last: TrackedSnapshot | undefined;
  try {
    for await (const tracked of trackSnapshots(snapshots, workers)) {
      for await (const { texts } of log?.read() ?? []) for (const text of texts) progress.note(text);
      last = tracked;
      if (tracked.snapshot.phase === 'ended') continue;
      for (const { message } of tracked.begun) progress.note(message);
      const cost = runCost(target, tracked.progress.work, known);
      const text = cost && describeCost(target, cost.dollars);
      progress.update(describeProgress(tracked.snapshot, tracked.progress, workers, text));
    }
    progress.end();
    const { snapshot, progress: atEnd } = last as TrackedSnapshot;
    return { ended: await execution.describe(), last: snapshot, work: atEnd.work, prices: await prices };
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!isLeft) {
      progress.step('Stopping the execution and its workers');
      await execution.stop('Stopped from the command line');
    }
    throw new InterruptedRun(signal.reason, last?.snapshot, { name: execution.name, isLeft, force });
  }
}

export interface FollowedToEnd {
  ended: ExecutionDescription;
  /** The last look, after the end. */
  last: Snapshot;
  /** What AWS bills of the run. */
  work: Work;
  /** Undefined if the deployment does not say what instances it has. */
  prices?: Prices;
}
