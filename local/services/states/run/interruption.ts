/**
 * Interrupts what the states of an execution wait for, if the execution ends before they do. Each run of the execution is armed
 * when nothing is left of the run before it, so that none of its states goes on in a later run.
 */

/** One for all, since making an error with its stack for each child of a map takes its time. */
const ENDED = new Error('The execution has ended');
const ABORTED = AbortSignal.abort(ENDED);

export class Interruption {
  private isArmed = false;
  private controller?: AbortController;
  private listeners?: Set<(reason: unknown) => void>;

  arm(): void {
    this.isArmed = true;
  }

  /** Whether the execution has ended, or its run is not armed yet. */
  get hasHappened(): boolean {
    return !this.isArmed;
  }

  throwIfHappened(): void {
    if (!this.isArmed) throw ENDED;
  }

  /** For what takes no listener. It is made when somebody asks: a child of a map needs none, and would spend a fifth of its time on it. */
  get signal(): AbortSignal {
    if (!this.isArmed) return ABORTED;
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  /** Calls back once with the reason. Returns what takes the listener away. */
  listen(listener: (reason: unknown) => void): () => void {
    this.listeners ??= new Set();
    const { listeners } = this;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  interrupt(): void {
    const { controller, listeners = [] } = this;
    this.isArmed = false;
    this.controller = this.listeners = undefined;
    for (const listener of listeners) listener(ENDED);
    controller?.abort(ENDED);
  }
}
