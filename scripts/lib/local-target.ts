/** The local cloud, booted for one run from a freshly synthesized stack. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { startLocalCloud } from '../../local/cloud';
import { UsageError } from './command';
import type { Progress } from './progress';
import { type StackOverrides, synthesize } from './synthesize';
import { createClients, readDeployment, type Target } from './target';

const ROOT = join(__dirname, '..', '..');
export const DEFAULT_BUCKET_FOLDER = join(ROOT, 'local', 'bucket');

export interface LocalOptions extends StackOverrides {
  /** The folder that is the bucket. */
  bucketFolder: string;
}

/** Throws a UsageError if the bucket's folder is not there or the configuration is wrong. */
export async function openLocalTarget(options: LocalOptions, progress: Progress): Promise<Target> {
  const bucketFolder = resolve(options.bucketFolder);
  if (!(await stat(bucketFolder).catch(() => undefined))?.isDirectory()) {
    throw new UsageError(
      `The bucket's folder ${options.bucketFolder} is not there: create it and put objects in it.`,
    );
  }
  const outputFolder = await mkdtemp(join(tmpdir(), 'batch-processor-'));
  const remove = () => rm(outputFolder, { recursive: true, force: true });
  try {
    progress.step('Synthesizing the stack');
    const stackFolder = await synthesize(outputFolder, options);
    progress.step('Booting the local cloud');
    const cloud = await startLocalCloud({ stackFolder, bucketFolder });
    return {
      kind: 'local',
      deployment: readDeployment(cloud.outputs),
      clients: createClients(cloud),
      locate: (key) => relative(process.cwd(), join(bucketFolder, key)) + (key.endsWith('/') ? '/' : ''),
      close: async () => {
        await cloud.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
