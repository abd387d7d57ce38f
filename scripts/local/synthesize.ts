/** Synthesizes the stack that a local cloud boots: the user's own, with what the command changes for one run. */
import { loadConfig } from '../../stacks/config';
import { synthesizeStack } from '../stack/synthesize';

export interface StackOverrides {
  /** Name of a processor. */
  processor?: string;
  /** Added to the processor's environment. */
  environment?: Record<string, string>;
}

/**
 * Writes to `outputFolder`; returns the stack's folder in it. `environment` configures the stack as it does for main.ts;
 * default: this process's own. Throws a UsageError if the configuration is wrong.
 */
export async function synthesize(
  outputFolder: string,
  overrides: StackOverrides,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const configured = loadConfig({ environment });
  const { processor, environment: added } = overrides;
  const processorEnvironment = added && { ...configured.processorEnvironment, ...added };
  const config = loadConfig({ environment, options: { processor, processorEnvironment } });
  return synthesizeStack(outputFolder, config, environment);
}
