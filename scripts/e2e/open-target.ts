/** Opens the target of an end-to-end test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../cli/progress';
import type { LocalOptions } from '../local/boot';
import { openLocalTarget } from '../target/local-target';
import { openTarget } from '../target/open-target';
import type { Target } from '../target/target';
import type { BucketTargetOptions } from '../target/target-options';

/** As `openTarget`, but a local bucket that no option names is a temporary folder. `keep`: it stays. */
export function openTestTarget(
  { keep, ...options }: BucketTargetOptions & { keep?: boolean },
  progress: Progress,
): Promise<Target> {
  if (options.bucketDir?.own !== undefined) return openTarget(options, progress);
  const openLocal = (local: LocalOptions) => openOnTemporaryFolder(local, keep, progress);
  return openTarget(options, progress, { openLocal });
}

async function openOnTemporaryFolder(
  local: LocalOptions,
  keep: boolean | undefined,
  progress: Progress,
): Promise<Target> {
  const bucketFolder = await mkdtemp(join(tmpdir(), 'batch-processor-e2e-'));
  const remove = async () => {
    if (!keep) await rm(bucketFolder, { recursive: true, force: true });
  };
  try {
    const target = await openLocalTarget({ ...local, bucketFolder }, progress);
    return { ...target, close: () => target.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
