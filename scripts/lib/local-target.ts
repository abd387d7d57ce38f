/** The local cloud as the place of a run: one that is up already, or one booted for the run. */
import { constants } from 'node:fs';
import { access, mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { inspect } from 'node:util';
import { clientConfig } from '../../local/client-config';
import { type LocalCloud, startLocalCloud } from '../../local/cloud';
import { findObstacle } from '../../local/s3/folder';
import { UsageError } from './command';
import type { FaultOptions } from './fault-options';
import type { Progress } from './progress';
import { findCloud, isAlive } from './running-cloud';
import { type StackOverrides, synthesize } from './synthesize';
import { createClients, readDeployment, type Target } from './target';
import { tell } from './terminal';

const ROOT = join(__dirname, '..', '..');
/** Temporary folders: the synthesized stack, and those of the local cloud; each is named by its process's id. */
const TEMPORARY = /^s3-batch-(?:stack|local|map-run)-(\d+)-/;
export const DEFAULT_BUCKET_FOLDER = join(ROOT, 'local', 'bucket');

export interface LocalOptions extends StackOverrides, FaultOptions {
  /** The folder that is the bucket. */
  bucketFolder: string;
}

/** Throws a UsageError if the bucket's folder is not there or the configuration is wrong. */
export async function openLocalTarget(options: LocalOptions, progress: Progress): Promise<Target> {
  const bucketFolder = await existingFolder(options.bucketFolder);
  const running = await findCloud(bucketFolder);
  if (running) {
    if (options.processor || options.environment || options.fault) {
      throw new UsageError(
        `A local cloud runs already on this bucket (scripts/local.ts, pid ${running.pid}): give it --processor, --env and --fault, or stop it.`,
      );
    }
    progress.note(`Using the local cloud at ${running.endpoint}.`);
    return targetOf(running, bucketFolder, async () => {});
  }
  const cloud = await bootLocalCloud({ ...options, bucketFolder }, progress);
  const injected = () => ({ seed: cloud.faults.seed, injected: cloud.faults.injected() });
  const target = targetOf(cloud, bucketFolder, () => cloud.close());
  return options.fault ? { ...target, faults: injected } : target;
}

/** Synthesizes the stack and boots it. `close` of the cloud removes the synthesized files as well. */
export async function bootLocalCloud(
  options: LocalOptions & { port?: number; historyLimit?: number },
  progress: Progress,
): Promise<LocalCloud> {
  const bucketFolder = await existingFolder(options.bucketFolder);
  await removeLeftovers();
  const outputFolder = await mkdtemp(join(tmpdir(), `s3-batch-stack-${process.pid}-`));
  const remove = () => rm(outputFolder, { recursive: true, force: true });
  try {
    progress.step('Synthesizing the stack');
    const stackFolder = await synthesize(outputFolder, options);
    progress.step('Booting the local cloud');
    const { port, historyLimit, fault: faults, faultSeed } = options;
    const cloud = await startLocalCloud({
      stackFolder,
      bucketFolder,
      port,
      historyLimit,
      faults,
      faultSeed,
      log: (message, error) => tell([message, ...(error === undefined ? [] : inspect(error).split('\n'))]),
    });
    if (faults) progress.note(`Faults are injected, by the seed ${cloud.faults.seed}.`);
    return { ...cloud, close: () => cloud.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function existingFolder(folder: string): Promise<string> {
  const stats = await stat(folder).catch(() => undefined);
  if (!stats)
    throw new UsageError(`The bucket's folder ${folder} is not there: create it and put objects in it.`);
  if (!stats.isDirectory()) throw new UsageError(`The bucket's folder ${folder} is a file: name a folder.`);
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).catch(() => {
    throw new UsageError(`The bucket's folder ${folder} cannot be written: outputs and results go there.`);
  });
  const obstacle = findObstacle(await realpath(folder));
  if (obstacle) {
    throw new UsageError(
      `${obstacle} is not a folder, but the local cloud keeps files of its own there: move it away.`,
    );
  }
  return resolve(folder);
}

/** What runs that were killed could not remove: folders named by the id of a process that is no more. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (!pid || isAlive(Number(pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function targetOf(
  cloud: Pick<LocalCloud, 'endpoint' | 'region' | 'credentials' | 'outputs'>,
  bucketFolder: string,
  close: () => Promise<void>,
): Target {
  return {
    kind: 'local',
    deployment: readDeployment(cloud.outputs),
    clients: createClients(clientConfig(cloud)),
    locate: (key) => relative(process.cwd(), join(bucketFolder, key)) + (key.endsWith('/') ? '/' : ''),
    close,
  };
}
