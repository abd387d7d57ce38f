/** One fault from its injection until its removal: when it is active, what it hits, how often it has hit. */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Frequency, Window } from './fault';
import { describeFault } from './text';

export class ActiveFault {
  readonly text: string;
  /** Number of hits. */
  hits = 0;
  private skipped = 0;
  private draws = 0;
  private readonly removal = new AbortController();
  private readonly injectedAt = performance.now();

  constructor(
    readonly fault: Fault,
    /** The same seed gives the same decisions. */
    private readonly seed: string,
  ) {
    this.text = describeFault(fault);
    // Every request that it delays listens to it.
    setMaxListeners(0, this.removal.signal);
  }

  /** 0 up to 1. */
  random(): number {
    const digest = createHash('sha256')
      .update(`${this.seed} ${this.draws++}`)
      .digest();
    return digest.readUInt32BE() / 2 ** 32;
  }

  /** Decides, once for each time that the fault could hit. */
  shouldHit(): boolean {
    const { rate = 1, skip = 0, count = Number.POSITIVE_INFINITY } = this.fault as Frequency;
    if (!this.isThere() || this.hits >= count) return false;
    if (rate < 1 && this.random() >= rate) return false;
    if (this.skipped++ < skip) return false;
    this.hits += 1;
    return true;
  }

  /** Picks one and counts a hit; undefined if there is none. */
  pick<Item>(items: Item[]): Item | undefined {
    if (items.length === 0) return undefined;
    this.hits += 1;
    return items[Math.floor(this.random() * items.length)];
  }

  /** Resolves after this time, or when the fault is removed. */
  async wait(seconds: number): Promise<void> {
    await delay(seconds * 1000, undefined, { signal: this.removal.signal }).catch(() => {});
  }

  /** Calls `act` again and again while the fault is active. */
  async repeat(everySeconds: number, act: () => void): Promise<void> {
    await this.wait((this.fault as Window).afterSeconds ?? 0);
    for (;;) {
      await this.wait(everySeconds);
      if (!this.isThere()) return;
      act();
    }
  }

  remove(): void {
    this.removal.abort();
  }

  private isThere(): boolean {
    const { afterSeconds = 0, forSeconds = Number.POSITIVE_INFINITY } = this.fault as Window;
    const seconds = (performance.now() - this.injectedAt) / 1000 - afterSeconds;
    return !this.removal.signal.aborted && seconds >= 0 && seconds < forSeconds;
  }
}
