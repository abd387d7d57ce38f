/** What the pages show of a run that has ended: its figures, and what Step Functions still knows of it. */
import { type Execution, type ExecutionDescription, ExecutionNotFoundError } from '../../client';
import type { RunView } from '../../page/run-view';
import { executionConsoleUrl } from '../../stacks/core/console';
import type { Target } from '../target/target';
import { costOfRun } from './cost';

/** Throws what `Execution.figures` throws. */
export async function endedRun(target: Target, execution: Execution): Promise<RunView> {
  const figures = await execution.figures();
  const description = await describeIfKnown(execution);
  const cost = await costOfRun(target, description, figures);
  return { ...describedRun(target, execution, description), figures, ...(cost && { cost }) };
}

/** All but the figures. `description`: undefined if Step Functions has forgotten the execution, 90 days after its end. */
export function describedRun(
  { kind, batch }: Pick<Target, 'kind' | 'batch'>,
  { name, arn }: Pick<Execution, 'name' | 'arn'>,
  description: ExecutionDescription | undefined,
): Omit<RunView, 'figures'> {
  const { region, outputBucketName, processor, resultsPrefix } = batch.deployment;
  const { status, startedAt, endedAt, input, error, cause } = description ?? {};
  const own = input?.processor ?? (description && processor);
  return {
    name,
    arn,
    ...(status !== undefined && { status }),
    ...(startedAt && { startedAt: startedAt.getTime() }),
    ...(endedAt && { endedAt: endedAt.getTime() }),
    ...(error !== undefined && { error, cause }),
    ...(own !== undefined && { processor: own }),
    ...(input && { input, workersWanted: input.worker_count }),
    location: {
      kind,
      region,
      ...(input && { outputs: batch.locate(batch.outputPrefix(input), outputBucketName) }),
      results: batch.locate(`${resultsPrefix}${name}/`),
      ...(kind === 'aws' && { console: executionConsoleUrl(region, arn) }),
    },
    madeAt: Date.now(),
  };
}

/** Undefined if Step Functions has forgotten it. */
export async function describeIfKnown(execution: Execution): Promise<ExecutionDescription | undefined> {
  try {
    return await execution.describe();
  } catch (error) {
    if (error instanceof ExecutionNotFoundError) return undefined;
    throw error;
  }
}
