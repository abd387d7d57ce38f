/** What a page may do with a run. */

import type { BatchProcessor, ExecutionInput } from '../../client';
import { InvalidInputError } from '../../client';
import { newName } from '../../client/execution-name';

/** Its workers hand back what they process. */
export async function stopRun(batch: BatchProcessor, name: string): Promise<void> {
  await batch.execution(name).stop('Stopped on the page');
}

/**
 * Starts an execution of the objects that failed in this one, with its input otherwise; returns its name. Throws an InvalidInputError
 * if nothing failed, and what `BatchProcessor.retryInput` throws.
 */
export async function retryFailed(batch: BatchProcessor, name: string): Promise<string> {
  const { input } = await batch.execution(name).describe();
  const { prefix: _, objects: __, manifest: ___, select: ____, bucket: _____, ...rest } = input;
  const retry = newName('retry');
  const again = await batch.retryInput(name, rest satisfies ExecutionInput, retry);
  if (!again) throw new InvalidInputError(`Nothing failed in ${name}: there is nothing to retry.`);
  return (await batch.start(again, { name: retry })).name;
}
