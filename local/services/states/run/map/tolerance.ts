/** Decides whether more items of a Map Run have failed than it tolerates. */
import type { Counts } from './counts';

export interface ToleranceLimits {
  toleratedFailureCount?: number;
  toleratedFailurePercentage?: number;
}

export class Tolerance {
  /** Settles with the number of all items, if that had to be known before all were read. */
  private counting?: Promise<void>;
  private countedItems?: number;

  /** @param pages of all items, for their number @param counted called once they are counted */
  constructor(
    private readonly limits: ToleranceLimits,
    private readonly counts: Counts,
    private readonly pages: (signal: AbortSignal) => AsyncIterable<unknown[]> | Iterable<unknown[]>,
    private readonly counted: () => void,
  ) {}

  /** @param readAll whether all items are among the counts @param signal ends the counting */
  isExceeded(readAll: boolean, signal: AbortSignal): boolean {
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.limits;
    const { failed, timedOut, total } = this.counts.items;
    const failures = failed + timedOut;
    const byPercentage = percentage ?? (count === undefined ? 0 : 100);
    const exceeds = (items: number) => failures * 100 > byPercentage * items;
    // A percentage is of all items. As long as they are not all read, they are counted, once it might matter.
    const all = readAll || byPercentage === 0 ? total : this.countedItems;
    if (all === undefined && exceeds(total)) this.counting ??= this.countItems(signal);
    return failures > (count ?? failures) || (all !== undefined && exceeds(all));
  }

  /** Resolves when nothing is being counted. */
  async settled(): Promise<void> {
    await this.counting;
  }

  private async countItems(signal: AbortSignal): Promise<void> {
    let items = 0;
    try {
      for await (const page of this.pages(signal)) {
        if (signal.aborted) return;
        items += page.length;
      }
    } catch {
      // Stopped, or the source fails: reading the inputs fails, too, and reports it.
      return;
    }
    this.countedItems = items;
    this.counted();
  }
}
