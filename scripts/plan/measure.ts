/** How long an object takes: on an earlier run, or on objects that are processed now. */
import type { ExecutionInput } from '../../client';
import { newName } from '../../client/execution-name';
import { findMeasurement, type Measurement, measureResults } from '../../client/plan/measure';
import { parseShare } from '../../runtime/selector/text/share';
import type { Progress } from '../cli/progress';
import { UsageError } from '../cli/usage-error';
import { followToEnd, start } from '../run/follow';
import type { Target } from '../target/target';

export interface MeasureOptions {
  /** Objects to process now. Default: none; the results of an earlier run are used. */
  count?: number;
  /** Name or ARN of the earlier run. Default: the newest one with the same processor. */
  from?: string;
}

/** `objects`: that the input selects. Throws a UsageError if nobody knows how long an object takes. */
export async function measure(
  target: Target,
  input: ExecutionInput,
  objects: number,
  { count, from }: MeasureOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Measurement> {
  if (count !== undefined) return runSample(target, input, objects, count, progress, signal);
  const { batch } = target;
  const found =
    from === undefined ? await findMeasurement(batch, input) : await measureRun(target, from, input);
  if (found) return found;
  throw new UsageError(
    from === undefined
      ? 'No earlier run shows how long an object takes: add --sample 20, which processes 20 of the objects now.'
      : `${from} has processed no object with this processor: name another run with --from, or add --sample 20, which processes 20 of the objects now.`,
  );
}

async function measureRun(
  { batch }: Target,
  nameOrArn: string,
  input: ExecutionInput,
): Promise<Measurement | undefined> {
  const { manifest } = await batch.execution(nameOrArn).results();
  return manifest === undefined ? undefined : measureResults(batch, manifest, input, { isNamed: true });
}

/**
 * The share of the keys that has this many objects. A hash chooses them, so they come from everywhere in the list. By chance it may
 * choose fewer, or of a few even none, so the share is that of more objects.
 */
export function shareFor(count: number, objects: number): number {
  return Math.min(1, (2 * count + 20) / objects);
}

/** A real run on one worker: its outputs are written, and the run itself skips them later. */
async function runSample(
  target: Target,
  input: ExecutionInput,
  objects: number,
  count: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<Measurement> {
  const { batch } = target;
  const share = shareFor(count, objects) * parseShare(String(input.select?.sample ?? 1));
  const limit = Math.min(count, input.select?.limit ?? count);
  const select = { ...input.select, ...(share < 1 && { sample: share }), limit };
  const sampled = { ...input, worker_count: 1, batch_size: 1, tolerated_failure_percentage: 100, select };
  await batch.check(sampled);
  signal.throwIfAborted();
  progress.note(`Processing ${limit} of ${objects} objects, to measure.`);
  const execution = await start(target, newName('sample'), sampled, progress);
  await followToEnd(target, { execution, workers: 1 }, progress, signal);
  const { manifest, succeeded, skipped, failed } = await execution.results();
  const found =
    manifest === undefined ? undefined : await measureResults(batch, manifest, sampled, { isNamed: true });
  if (found) return found;
  const remedy = skipped > 0 ? ': add --force, which processes them again' : ': see the run';
  throw new UsageError(
    `None of the ${succeeded + skipped + failed} objects was processed (${skipped} were up to date, ${failed} failed)${remedy}.`,
  );
}
