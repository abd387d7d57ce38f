/** The frame of a run: signals stop it, and it always closes the target. */
import { Progress } from '../cli/progress';
import { stopSignal } from '../cli/stop-signal';
import { openTarget } from './open-target';
import type { Target } from './target';
import type { BucketTargetOptions } from './target-options';

type Run = (target: Target, progress: Progress, signal: AbortSignal) => Promise<number>;

/** Returns what `run` returns. `signal` is that of `stopSignal`. */
export async function runOnTarget(open: (progress: Progress) => Promise<Target>, run: Run): Promise<number> {
  const progress = new Progress();
  const signal = stopSignal();
  const target = await open(progress);
  try {
    return await run(target, progress, signal);
  } finally {
    progress.end();
    await target.close();
  }
}

/** `runOnTarget` for commands that look at runs or stop them, with the options of `addBucketTargetOptions`. */
export function runOnBucketTarget(options: BucketTargetOptions, run: Run): Promise<number> {
  return runOnTarget((progress) => openTarget(options, progress, { needsImage: false }), run);
}
