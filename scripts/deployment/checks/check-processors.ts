/** Processors that cannot run are found before anything is deployed or pushed. */
import { bundleRuntime } from '../../../bundles';
import type { Config } from '../../../stacks/settings/complete-config';
import type { Progress } from '../../cli/progress';
import { UsageError } from '../../cli/usage-error';

/** Throws a UsageError if the deployment's own processor does not load. Names others that do not: they can wait. */
export function checkProcessors(config: Config, progress: Progress): void {
  const { processors } = bundleRuntime(config);
  for (const [name, description] of Object.entries(processors)) {
    if (!('error' in description)) continue;
    const message = `The processor ${name} does not load: ${description.error}`;
    if (name === config.processor) throw new UsageError(message);
    progress.note(message);
  }
}
