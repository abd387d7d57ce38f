/** Makes the plan of a run: finds its objects as the run would, measures, and chooses the workers. */
import type { ExecutionInput } from '../../client';
import { choose, type Goal } from '../../client/plan/choose';
import type { Progress } from '../cli/progress';
import { UsageError } from '../cli/usage-error';
import type { InputOptions } from '../input/input-options';
import type { ProcessorOptions } from '../input/processor-options';
import { resolveInput } from '../input/resolve-input';
import { findPrices } from '../run/prices';
import type { Target } from '../target/target';
import { type MeasureOptions, measure } from './measure';
import type { Plan } from './print-plan';

export interface PlannedRun {
  /** Name of the execution that is planned. */
  name: string;
  given: ExecutionInput;
  options: InputOptions & ProcessorOptions;
  goal: Goal;
}

/** A text that says why, if there is nothing to plan. Throws a UsageError for what the user can correct. */
export async function makePlan(
  target: Target,
  { name, given, options, goal }: PlannedRun,
  measured: MeasureOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Plan | string> {
  const { batch } = target;
  const { fleet } = batch.deployment;
  if (!fleet)
    throw new UsageError(
      'The deployment does not say what its instances are: deploy it again, with this version.',
    );
  if ((goal.workers ?? 1) > fleet.maxWorkers)
    throw new UsageError(
      `--workers is ${goal.workers}: the deployment has at most ${fleet.maxWorkers} (maxWorkers).`,
    );
  const input = await resolveInput(target, given, options, name, progress);
  if (!input) return `Nothing failed in ${options.retryFailed}.`;
  const { counts, message } = await batch.preview(input);
  if (counts.selected === 0) return message;
  signal.throwIfAborted();
  const { selected: objects, bytes, without_size: withoutSize } = counts;
  const [prices, measurement] = await Promise.all([
    findPrices(target, fleet),
    measure(target, input, objects, measured, progress, signal),
  ]);
  const { processorSeconds, storageSeconds, outputsPerObject, outputBytesPerObject } = measurement;
  const basis = {
    objects,
    bytes,
    processorSeconds,
    storageSeconds,
    outputsPerObject,
    outputBytesPerObject,
    ...(input.batch_size !== undefined && { batchSize: input.batch_size }),
    fleet,
  };
  return { ...choose(basis, goal, prices), basis, withoutSize, measurement, prices };
}
