/**
 * Whose turn it is in a worker. Tasks are performed side by side, except one that several workers died with: it waits for those in
 * hand, and is then performed alone, so that its death costs no other task. Until it is done the worker takes no other task, and
 * hands back what open polls bring.
 */
import { once, setMaxListeners } from 'node:events';

/** Deaths from which on a task is performed alone. One may have any reason, and hits every task in hand. */
const SUSPICIOUS_DEATHS = 2;

export class Turns {
  private inHand = 0;
  private readonly turnEnded = new EventTarget();
  /** A suspicious task is in hand. */
  private occupied = false;

  constructor() {
    // Every slot may wait for it.
    setMaxListeners(0, this.turnEnded);
  }

  /**
   * Resolves when the task may be performed, with a function to call when it is done; undefined if the task is to be handed back.
   * Rejects with the signal's reason if it is aborted first.
   */
  async take(deaths: number, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (this.occupied) return undefined;
    const alone = deaths >= SUSPICIOUS_DEATHS;
    this.occupied = alone;
    try {
      while (alone && this.inHand > 0) await this.nextEnd(signal);
    } catch (error) {
      this.end(() => {
        this.occupied = false;
      });
      throw error;
    }
    this.inHand += 1;
    return () =>
      this.end(() => {
        this.inHand -= 1;
        if (alone) this.occupied = false;
      });
  }

  /** Resolves when the worker may take a task. Rejects with the signal's reason if it is aborted first. */
  async open(signal: AbortSignal): Promise<void> {
    while (this.occupied) await this.nextEnd(signal);
  }

  private end(change: () => void): void {
    change();
    this.turnEnded.dispatchEvent(new Event('end'));
  }

  private async nextEnd(signal: AbortSignal): Promise<void> {
    await once(this.turnEnded, 'end', { signal }).catch(() => signal.throwIfAborted());
  }
}
