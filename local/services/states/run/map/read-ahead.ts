/** Reads the inputs of children ahead of them by a bounded number, so that memory follows what runs. */
import { giveWay } from '../../time/turns';
import type { ChildInput } from './child-input';

/** Items read but not started; it bounds memory, and lets the counts show how much is to come. */
const MAX_ITEMS_AHEAD = 10_000;
/** Inputs read before others have their turn: those of a small map are all known before its first child ends, however busy the machine is. */
const READ_AT_ONCE = 100;
/** How long it may read on then: requests, such as those of workers who wait for a task, come first. */
const READ_MILLISECONDS = 2;

export class ReadAhead {
  /** Whether all inputs are read. */
  isDone = false;
  private readItems = 0;
  private signal?: AbortSignal;
  private wake: () => void = () => undefined;

  /** @param inputs those from a number of items on @param pendingItems items that are read and not started */
  constructor(
    private readonly inputs: (skip: number, signal: AbortSignal) => AsyncIterable<Iterable<ChildInput>>,
    private readonly pendingItems: () => number,
  ) {}

  /** Hands each input to `take`, from where it stopped reading. Ends early if the signal is aborted. */
  async read(signal: AbortSignal, take: (input: ChildInput) => void): Promise<void> {
    this.signal = signal;
    let read = 0;
    for await (const inputs of this.inputs(this.readItems, signal)) {
      for (const input of inputs) {
        this.readItems += input.itemCount;
        take(input);
        read += 1;
        const turn = read % READ_AT_ONCE === 0 ? giveWay(READ_MILLISECONDS) : undefined;
        if (turn) await turn;
        if (this.isFull() && !signal.aborted) {
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
        }
        if (signal.aborted) return;
      }
    }
    this.isDone = true;
  }

  /** Items have been started, so that there may be room for more, or the signal is aborted. */
  resume(): void {
    if (!this.isFull() || this.signal?.aborted) this.wake();
  }

  private isFull(): boolean {
    return this.pendingItems() >= MAX_ITEMS_AHEAD;
  }
}
