/** A run that the user has stopped (Ctrl-C), or stopped watching. */
import type { Snapshot } from '../../client';
import { quote } from '../../runtime/shell-word';
import { describeContinuation } from './continuation';

/** The message says what was done, and how to go on; `summary` says the same to machines. */
export class InterruptedRun extends Error {
  override name = 'InterruptedRun';
  readonly summary: { status: 'RUNNING' | 'ABORTED'; objects: number; done: number; failed: number };

  /** `snapshot`: the last look; undefined if there was none. `name`: of the execution. `isLeft`: the run goes on. `force`: of its input. */
  constructor(
    reason: Error,
    snapshot: Snapshot | undefined,
    { name, isLeft, force }: { name: string; isLeft: boolean; force?: boolean },
  ) {
    const { done = 0, failed = 0, total = 0 } = snapshot ?? {};
    const progress =
      done === 0 ? 'No object is done' : `${done} of ${total} objects are done, ${failed} of them failed`;
    const next = isLeft
      ? `The run goes on. Continue with: npx ts-node scripts/watch.ts ${quote(name)}`
      : describeContinuation(name, force);
    super(`${reason.message} ${progress}. ${next}`);
    this.summary = { status: isLeft ? 'RUNNING' : 'ABORTED', objects: total, done, failed };
  }
}
