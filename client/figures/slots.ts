/** What each slot did, over time. */
import type { ObservedObject } from './observed-object';
import type { Timeline, TimelineRow } from './run-figures';
import type { Sums, TimeColumns } from './time-columns';

const MAX_ROWS = 400;
const BUSIEST = 35;

interface Slot {
  worker: string;
  slot?: number;
  /** Start of its first object. */
  first: number;
  objects: number;
  failed: number;
  /** Seconds. */
  busy: Sums;
  failures: Sums;
}

export class Slots {
  private readonly slots = new Map<string, Slot>();
  private readonly ids = new Set<string>();

  constructor(private readonly columns: TimeColumns) {}

  /** Ignores an object that names no worker or no time. */
  add({ worker, slot, status, endedAt, seconds = 0 }: ObservedObject): void {
    if (worker === undefined || endedAt === undefined) return;
    const startedAt = endedAt - seconds * 1000;
    const found = this.find(worker, slot);
    found.first = Math.min(found.first, startedAt);
    found.objects += 1;
    this.columns.addSpan(found.busy, startedAt, endedAt);
    if (status !== 'failed') return;
    found.failed += 1;
    this.columns.add(found.failures, endedAt);
  }

  get workers(): number {
    return this.ids.size;
  }

  get timeline(): Timeline {
    const slots = [...this.slots.values()];
    const rows = slots.length > MAX_ROWS ? this.byWorker(slots) : this.inOrder(slots).map((one) => [one]);
    return {
      ...this.columns.grid,
      rows: rows.slice(0, MAX_ROWS).map((row) => this.rowOf(row)),
      hidden: Math.max(rows.length - MAX_ROWS, 0),
    };
  }

  private find(worker: string, slot: number | undefined): Slot {
    const id = `${worker} ${slot ?? ''}`;
    const found = this.slots.get(id) ?? {
      worker,
      slot,
      first: Number.POSITIVE_INFINITY,
      objects: 0,
      failed: 0,
      busy: this.columns.series(),
      failures: this.columns.series(),
    };
    this.slots.set(id, found);
    this.ids.add(worker);
    return found;
  }

  /** The slots of a worker together, workers in the order of their first objects. */
  private inOrder(slots: Slot[]): Slot[] {
    const firsts = new Map<string, number>();
    for (const { worker, first } of slots) firsts.set(worker, Math.min(first, firsts.get(worker) ?? first));
    const firstOf = ({ worker }: Slot) => firsts.get(worker) ?? 0;
    return slots.sort(
      (a, b) =>
        firstOf(a) - firstOf(b) ||
        (a.worker < b.worker ? -1 : a.worker > b.worker ? 1 : 0) ||
        (a.slot ?? 0) - (b.slot ?? 0),
    );
  }

  private byWorker(slots: Slot[]): Slot[][] {
    const rows = new Map<string, Slot[]>();
    for (const slot of this.inOrder(slots)) rows.set(slot.worker, [...(rows.get(slot.worker) ?? []), slot]);
    return [...rows.values()];
  }

  /** `slots`: one, or all of a worker. */
  private rowOf(slots: Slot[]): TimelineRow {
    const [first] = slots as [Slot];
    const sum = (sums: (slot: Slot) => Sums) =>
      slots
        .map((slot) => this.columns.values(sums(slot)))
        .reduce((one, other) => one.map((amount, index) => amount + (other[index] ?? 0)));
    const total = this.columns.grid.seconds * slots.length;
    const failures = sum(({ failures }) => failures);
    const failed = slots.reduce((count, slot) => count + slot.failed, 0);
    return {
      worker: first.worker,
      ...(slots.length === 1 && first.slot !== undefined && { slot: first.slot }),
      objects: slots.reduce((count, slot) => count + slot.objects, 0),
      failed,
      // Several objects may be in a slot at a time: it reads ahead.
      busy: sum(({ busy }) => busy)
        .map((seconds) => digit(seconds / total))
        .join(''),
      ...(failed > 0 && { failures: failures.map((count) => (count > 0 ? '1' : '0')).join('') }),
    };
  }
}

/** A slot that was busy for any time does not appear as idle. */
const digit = (share: number) => Math.min(Math.ceil(share * BUSIEST), BUSIEST).toString(36);
