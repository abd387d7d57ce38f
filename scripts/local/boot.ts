/** Boots a local cloud on the synthesized stack. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { installedPackages, openProcessorsFolder } from '../../bundles/processors/folder';
import { bundlePrograms } from '../../bundles/programs';
import type { LocalCloud, LocalCloudOptions } from '../../local/cloud';
import { PROGRAMS, takeCompiled } from '../../local/core/processes/processes';
import { makeTemporaryFolder, removeLeftovers } from '../../local/core/processes/temporary-folders';
import { Expressions } from '../../local/services/states/language/expressions';
import { ROOT } from '../../root';
import { loadConfig } from '../../stacks/settings/config';
import { parseExistingBucket } from '../../stacks/settings/existing-bucket';
import type { Progress } from '../cli/progress';
import { tell } from '../cli/terminal';
import { UsageError } from '../cli/usage-error';
import { synthesizeStack } from '../stack/synthesize';
import { existingFolder, existingFolders } from './bucket-folders';
import type { FaultOptions } from './fault-options';
import { localSecrets } from './secrets';
import { localConfig, type StackOverrides } from './synthesize';

export const DEFAULT_BUCKET_FOLDER = join(ROOT, 'local', 'bucket');

export interface LocalOptions extends Omit<StackOverrides, 'buckets'>, FaultOptions {
  /** The folder that is the deployment's own bucket. */
  bucketFolder: string;
  /** Those of other buckets, by name. Default: none. */
  bucketFolders?: Record<string, string>;
  /** Whether an execution is about to start: the function that it calls first starts with the cloud. Default: false. */
  isForRun?: boolean;
}

/** Synthesizes the stack and boots it. `close` of the cloud removes the synthesized files as well. */
export async function bootLocalCloud(
  options: LocalOptions & Pick<LocalCloudOptions, 'port' | 'historyLimit' | 'runSchedules' | 'onLog'>,
  progress: Progress,
): Promise<LocalCloud> {
  const bucketFolder = await existingFolder(options.bucketFolder);
  const bucketFolders = await otherFolders(bucketFolder, options.bucketFolders ?? {});
  const config = localConfig({ ...options, buckets: Object.keys(bucketFolders) });
  const secrets = localSecrets(config);
  await removeLeftovers();
  const outputFolder = makeTemporaryFolder('stack');
  const expressions = new Expressions();
  const remove = () => rm(outputFolder, { recursive: true, force: true });
  try {
    progress.step('Synthesizing the stack');
    const [stackFolder, { startLocalCloud }] = await Promise.all([
      synthesizeStack(outputFolder, config),
      loadCloud(expressions),
    ]);
    progress.step('Booting the local cloud');
    const { port, historyLimit, runSchedules, onLog, fault: faults, faultSeed } = options;
    const cloud = await startLocalCloud({
      stackFolder,
      bucketFolder,
      secrets,
      installedPackages: installedPackages(openProcessorsFolder(config.processorsFolder)),
      bucketFolders,
      warmFunctions: options.isForRun ? [`${config.namePrefix}-provisioner`] : [],
      port,
      historyLimit,
      runSchedules,
      expressions,
      onLog,
      faults,
      faultSeed,
      log: (message, error) => tell([message, ...(error === undefined ? [] : inspect(error).split('\n'))]),
    });
    if (faults) progress.note(`Injecting faults with the seed ${cloud.faults.seed}.`);
    return { ...cloud, close: () => cloud.close().finally(remove) };
  } catch (error) {
    await expressions.close();
    await remove();
    throw error;
  }
}

/**
 * Help and errors of a command need no cloud. A process that synthesizes has started before this one is busy with loading. What evaluates
 * expressions starts meanwhile.
 */
async function loadCloud(expressions: Expressions): Promise<typeof import('../../local/cloud')> {
  await setImmediate();
  takeCompiled(bundlePrograms(PROGRAMS));
  expressions.prepare();
  return require('../../local/cloud');
}

/** Absolute paths, by name. Throws a UsageError if one is wrong, or if the bucket of outputs has none. */
async function otherFolders(own: string, given: Record<string, string>): Promise<Record<string, string>> {
  const { outputBucket } = loadConfig();
  const output = outputBucket && parseExistingBucket(outputBucket).name;
  if (output && given[output] === undefined) {
    throw new UsageError(
      `Outputs go to the bucket ${output} (outputBucket): give its folder, --bucket-dir ${output}=FOLDER.`,
    );
  }
  return existingFolders(own, given, output);
}
