import type { SELECTION_ERRORS } from '../errors';

/** An error by which the execution fails; its name is in the state machine's `Retry`. The message is one line for people. */
export class SelectionError extends Error {
  constructor(
    override readonly name: (typeof SELECTION_ERRORS)[number],
    message: string,
  ) {
    super(message);
  }
}

export const invalidManifest = (message: string) => new SelectionError('InvalidManifest', message);
