/** The local cloud as the target of a run. */
import { realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BatchProcessor } from '../../client';
import type { LocalCloud } from '../../local/cloud';
import { clientConfig } from '../../local/core/client-config';
import { quote } from '../../runtime/shell-word';
import type { Progress } from '../cli/progress';
import { UsageError } from '../cli/usage-error';
import { bootLocalCloud, type LocalOptions } from '../local/boot';
import { existingFolder } from '../local/bucket-folders';
import { findCloud, type RunningCloud } from '../local/running-cloud';
import { localConfig } from '../local/synthesize';
import { runsCurrentCode } from './current-code';
import type { Target } from './target';

/**
 * The local cloud that runs on the bucket's folder, or one booted for this run. Throws a UsageError if the folder does not exist,
 * the configuration is wrong, or the running one cannot take the options.
 */
export async function openLocalTarget(options: LocalOptions, progress: Progress): Promise<Target> {
  const bucketFolder = await existingFolder(options.bucketFolder);
  const running = await findCloud(bucketFolder);
  if (running) {
    if (options.environment || options.fault) {
      throw new UsageError(
        `A local cloud already runs on this bucket (scripts/local.ts, pid ${running.pid}): restart it with --env or --fault, or stop it.`,
      );
    }
    const isCurrent = () => runsCurrentCode(running.outputs, localConfig(options));
    if (options.processorsFolder !== undefined && !isCurrent()) {
      throw new UsageError(
        `A local cloud already runs on this bucket (scripts/local.ts, pid ${running.pid}), with other processors: restart it with --processors-folder ${quote(options.processorsFolder)}, or stop it.`,
      );
    }
    await checkServed(running, options.bucketFolders ?? {});
    progress.note(`Using the local cloud at ${running.endpoint}.`);
    const batch = connectLocal(running, bucketFolder);
    return {
      kind: 'local',
      batch,
      outputs: running.outputs,
      clientConfig: clientConfig(running),
      bucketFolders: running.bucketFolders,
      isCurrent,
      close: async () => batch.close(),
    };
  }
  const cloud = await bootLocalCloud({ ...options, bucketFolder }, progress);
  const batch = connectLocal(cloud, bucketFolder);
  const close = async () => {
    batch.close();
    await cloud.close();
  };
  const faults = () => ({ seed: cloud.faults.seed, injected: cloud.faults.injected() });
  const { outputs } = cloud;
  return {
    kind: 'local',
    batch,
    outputs,
    clientConfig: clientConfig(cloud),
    bucketFolders: cloud.bucketFolders,
    close,
    ...(options.fault && { faults }),
  };
}

/** Throws a UsageError if the running cloud does not serve one of the folders. */
async function checkServed(running: RunningCloud, folders: Record<string, string>): Promise<void> {
  for (const [name, folder] of Object.entries(folders)) {
    const served = running.bucketFolders[name];
    if (
      served !== undefined &&
      (await realpath(served)) === (await realpath(await existingFolder(folder, true)))
    )
      continue;
    throw new UsageError(
      `A local cloud already runs on this bucket (scripts/local.ts, pid ${running.pid}), and it ${served === undefined ? `has no bucket ${name}` : `serves ${served} as ${name}`}: restart it with --bucket-dir ${quote(`${name}=${folder}`)}, or stop it.`,
    );
  }
}

/** Messages name objects by their files, relative to the working directory. */
export function connectLocal(
  cloud: Pick<LocalCloud, 'endpoint' | 'region' | 'credentials' | 'outputs' | 'bucketFolders'>,
  bucketFolder: string,
): BatchProcessor {
  const locate = (key: string, bucket = '') =>
    relative(process.cwd(), join(cloud.bucketFolders[bucket] ?? bucketFolder, key)) +
    (key.endsWith('/') ? '/' : '');
  // A local cloud that does not answer has ended, and its runs with it.
  return BatchProcessor.fromOutputs(cloud.outputs, { ...clientConfig(cloud), locate, awaySeconds: 0 });
}
