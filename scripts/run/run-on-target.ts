/** The frame of a run: signals stop it, and it always closes the target. */
import { Progress } from '../cli/progress';
import { type BucketTargetOptions, openBucketTarget, type Target } from './target';

type Run = (target: Target, progress: Progress, signal: AbortSignal) => Promise<number>;

/** Returns what `run` returns. `signal` is aborted by SIGINT (Ctrl-C) and SIGTERM, with an error that names the signal. */
export async function runOnTarget(open: (progress: Progress) => Promise<Target>, run: Run): Promise<number> {
  const progress = new Progress();
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interruption.abort(new Error(`Stopped by ${signal}.`)));
  }
  const target = await open(progress);
  try {
    return await run(target, progress, interruption.signal);
  } finally {
    progress.end();
    await target.close();
  }
}

/** `runOnTarget` for commands that only look at a deployment and its bucket, with the options of `addBucketTargetOptions`. */
export function runOnBucketTarget(options: BucketTargetOptions, run: Run): Promise<number> {
  return runOnTarget((progress) => openBucketTarget(options, progress), run);
}
