/** One attempt at an object, or at the processor's setup: it ends with its work, or with the first thing that makes that useless. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogFields } from '../../log';
import type { TaskError } from '../task-error';
import { processorError } from './errors/failure';
import { type Scope, scopes } from './scope';

export class Attempt implements Scope {
  readonly children = new Set<ChildProcess>();
  /** What was wrong before the work noticed. */
  failure?: TaskError;
  private ending?: AbortController;
  private isOver = false;
  private hasFailed = false;
  private reject: (error: TaskError) => void = () => {};
  private readonly failed = new Promise<never>((_, reject) => {
    this.reject = reject;
  });

  constructor(readonly fields: LogFields) {
    // It may fail before it runs.
    this.failed.catch(() => {});
  }

  /** Aborted if the attempt fails. Made when it is first asked for: Node.js takes long, and few processors want it. */
  get signal(): AbortSignal {
    this.ending ??= new AbortController();
    if (this.hasFailed) this.ending.abort(this.failure);
    return this.ending.signal;
  }

  readonly fail = (error: unknown): boolean => {
    if (this.isOver) return false;
    this.failure ??= processorError(error);
    this.reject(this.failure);
    return true;
  };

  /** Runs the work in this scope. Throws a TaskError, at once when `fail` is called. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await scopes.run(this, () => Promise.race([work(), this.failed]));
    } catch (error) {
      this.failure ??= processorError(error);
      this.hasFailed = true;
      this.ending?.abort(this.failure);
      throw this.failure;
    } finally {
      this.isOver = true;
    }
  }
}

/** Whether the promise settles in that time. */
export async function settles(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const waiting = new AbortController();
  const late = delay(milliseconds, false, { signal: waiting.signal }).catch(() => false);
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    waiting.abort();
  }
}
