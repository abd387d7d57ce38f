/** Synthesizes the stack that a local cloud boots: the user's own, with what the command changes for one run. */
import type { Config } from '../../stacks/settings/complete-config';
import { loadConfig } from '../../stacks/settings/config';
import { MAX_PROVISION_CALLS } from '../../stacks/settings/conflicts';
import { parseExistingBucket } from '../../stacks/settings/existing-bucket';
import { SETTINGS } from '../../stacks/settings/table';
import { synthesizeStack } from '../stack/synthesize';

export interface StackOverrides {
  /** Path, absolute or relative to the working directory. */
  processorsFolder?: string;
  /** Name of a processor. */
  processor?: string;
  /** Added to the processor's environment. */
  environment?: Record<string, string>;
  /** Names of other buckets: those that the configuration does not know are added to `readBuckets`. */
  buckets?: string[];
}

/**
 * Writes to `outputFolder`; returns the stack's folder in it. `environment` configures the stack as it does for main.ts;
 * default: this process's own. Throws a ConfigError if the configuration is wrong.
 */
export async function synthesize(
  outputFolder: string,
  overrides: StackOverrides,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return synthesizeStack(outputFolder, localConfig(overrides, environment), environment);
}

/** Throws a ConfigError. */
export function localConfig(
  { processorsFolder, processor, environment: added, buckets = [] }: StackOverrides,
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const configured = loadConfig({ environment, options: { processorsFolder } });
  const processorEnvironment = added && { ...configured.processorEnvironment, ...added };
  const { readBuckets = [], outputBucket } = configured;
  const known = [...readBuckets, ...(outputBucket ? [outputBucket] : [])].map(
    (text) => parseExistingBucket(text).name,
  );
  const unknown = buckets.filter((name) => !known.includes(name));
  const options = {
    processorsFolder,
    processor,
    processorEnvironment,
    provisionPollSeconds: localPollSeconds(configured),
    ...(unknown.length > 0 && { readBuckets: [...readBuckets, ...unknown] }),
  };
  return loadConfig({ environment, options });
}

/** The least, if the user has not set it: instances of a local cloud boot at once, and nothing limits how often it is asked. */
function localPollSeconds({ provisionPollSeconds, provisionTimeoutSeconds }: Config): number {
  const isSet = provisionPollSeconds !== SETTINGS.provisionPollSeconds.default;
  return isSet ? provisionPollSeconds : Math.ceil(provisionTimeoutSeconds / MAX_PROVISION_CALLS);
}
