import type { TaskErrorName } from '../errors';

/** An error with its name decided: one that the state machine's `Retry` knows. */
export class TaskError extends Error {
  constructor(
    override readonly name: TaskErrorName,
    message: string,
    /** Of an error that the processor threw: where, in the user's own files. */
    readonly userStack?: string,
  ) {
    super(message);
  }
}
