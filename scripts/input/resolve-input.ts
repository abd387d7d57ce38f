/** The input of an execution, from the options and from what only the target knows: the processor's schema, earlier failures. */
import type { ExecutionInput } from '../../client';
import type { Progress } from '../cli/progress';
import type { Target } from '../target/target';
import type { InputOptions } from './input-options';
import { isLocalPath, uploadManifest } from './local-manifest';
import { type ProcessorOptions, processorInput } from './processor-options';

/** Uploads a manifest of this machine for the execution `name`. Undefined if nothing failed in the execution to retry. */
export async function resolveInput(
  { batch }: Target,
  given: ExecutionInput,
  options: InputOptions & ProcessorOptions,
  name: string,
  progress: Progress,
): Promise<ExecutionInput | undefined> {
  const wanted = { ...given, ...processorInput(batch, options) };
  if (wanted.manifest && isLocalPath(wanted.manifest.Key)) {
    wanted.manifest = { ...wanted.manifest, Key: await uploadManifest(batch, wanted.manifest.Key, name) };
    progress.note(`The manifest is ${batch.locate(wanted.manifest.Key)}`);
  }
  const { retryFailed: earlier } = options;
  return earlier === undefined ? wanted : batch.retryInput(earlier, wanted, name);
}
