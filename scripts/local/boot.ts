/** Boots a local cloud on the synthesized stack. */
import { constants } from 'node:fs';
import { access, realpath, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { installedPackages, openProcessorsFolder } from '../../bundles/processors/folder';
import type { LocalCloud } from '../../local/cloud';
import { makeTemporaryFolder, removeLeftovers } from '../../local/processes/temporary-folders';
import { findObstacle } from '../../local/s3/folder';
import { ROOT } from '../../root';
import type { Progress } from '../cli/progress';
import { tell } from '../cli/terminal';
import { UsageError } from '../cli/usage-error';
import { synthesizeStack } from '../stack/synthesize';
import type { FaultOptions } from './fault-options';
import { localSecrets } from './secrets';
import { localConfig, type StackOverrides } from './synthesize';

export const DEFAULT_BUCKET_FOLDER = join(ROOT, 'local', 'bucket');

export interface LocalOptions extends StackOverrides, FaultOptions {
  /** The folder that is the bucket. */
  bucketFolder: string;
}

/** Synthesizes the stack and boots it. `close` of the cloud removes the synthesized files as well. */
export async function bootLocalCloud(
  options: LocalOptions & { port?: number; historyLimit?: number },
  progress: Progress,
): Promise<LocalCloud> {
  const bucketFolder = await existingFolder(options.bucketFolder);
  const config = localConfig(options);
  const secrets = localSecrets(config);
  await removeLeftovers();
  const outputFolder = makeTemporaryFolder('stack');
  const remove = () => rm(outputFolder, { recursive: true, force: true });
  try {
    progress.step('Synthesizing the stack');
    const [stackFolder, { startLocalCloud }] = await Promise.all([
      synthesizeStack(outputFolder, config),
      loadCloud(),
    ]);
    progress.step('Booting the local cloud');
    const { port, historyLimit, fault: faults, faultSeed } = options;
    const cloud = await startLocalCloud({
      stackFolder,
      bucketFolder,
      secrets,
      installedPackages: installedPackages(openProcessorsFolder(config.processorsFolder)),
      port,
      historyLimit,
      faults,
      faultSeed,
      log: (message, error) => tell([message, ...(error === undefined ? [] : inspect(error).split('\n'))]),
    });
    if (faults) progress.note(`Injecting faults with the seed ${cloud.faults.seed}.`);
    return { ...cloud, close: () => cloud.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Help and errors of a command need no cloud. A process that synthesizes has started before this one is busy with loading. */
async function loadCloud(): Promise<typeof import('../../local/cloud')> {
  await setImmediate();
  return require('../../local/cloud');
}

/** Absolute path of the bucket's folder. Throws a UsageError if it does not exist or is not writable. */
export async function existingFolder(folder: string): Promise<string> {
  const stats = await stat(folder).catch(() => undefined);
  if (!stats)
    throw new UsageError(`The bucket's folder ${folder} does not exist: create it and put objects into it.`);
  if (!stats.isDirectory()) throw new UsageError(`The bucket's folder ${folder} is a file: give a folder.`);
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).catch(() => {
    throw new UsageError(
      `The bucket's folder ${folder} is not writable: make it writable, since outputs and results go there.`,
    );
  });
  const obstacle = findObstacle(await realpath(folder));
  if (obstacle) {
    throw new UsageError(
      `${obstacle} is not a folder, but the local cloud keeps its own files there: move it away.`,
    );
  }
  return resolve(folder);
}
