/** Turns with the processor: one object at a time, in the order in which they ask. */
import pLimit from 'p-limit';

export class ProcessorTurn {
  private readonly limit = pLimit(1);

  get isTaken(): boolean {
    return this.limit.activeCount > 0;
  }

  /** Resolves when it is the caller's turn, with a function that ends it. Calling that again does nothing. */
  take(): Promise<() => void> {
    return new Promise((begin) => void this.limit(() => new Promise<void>((end) => begin(end))));
  }
}
