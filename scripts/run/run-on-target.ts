/** The frame of a run: signals stop it, and it always closes the target. */
import { Progress } from '../cli/progress';
import type { Target } from './target';

/** Returns what `run` returns. `signal` is aborted by SIGINT (Ctrl-C) and SIGTERM, with an error that names the signal. */
export async function runOnTarget(
  open: (progress: Progress) => Promise<Target>,
  run: (target: Target, progress: Progress, signal: AbortSignal) => Promise<number>,
): Promise<number> {
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
