import type { ExecutionInput } from '../contract';
import { costOf } from '../cost/cost';
import { tablePrices } from '../cost/prices';
import { DRAIN_SECONDS, type Instances } from '../cost/usage';
import type { ObjectCounts } from '../map-run';

export interface FinishedRun {
  input: ExecutionInput;
  counts: ObjectCounts;
  seconds: number;
}

/**
 * An estimate for people, by the price table: `about $2.33 by the table of 2026-11-27`. It takes the workers that the execution asked for,
 * for as long as it ran, and one attempt at each task.
 */
export function describeCost(
  { input, counts, seconds }: FinishedRun,
  instances: Instances,
  region: string,
): string {
  const { worker_count: workers, batch_size = 1 } = input;
  const objects = counts.succeeded + counts.failed;
  const attempts = Math.ceil(objects / batch_size);
  const work = { workers, workerSeconds: workers * (seconds + DRAIN_SECONDS), attempts, objects };
  const { dollars, unpriced, source } = costOf(work, instances, tablePrices(region, instances.instanceType));
  const without = unpriced.length > 0 ? `, without ${unpriced.join(', ')}` : '';
  return `about $${dollars.toFixed(2)} by ${source}${without}`;
}
