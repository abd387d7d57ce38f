/** Makes the figures of a run, object by object: in no order, and in memory that does not grow with their number. */
import { DurationCounts } from './durations';
import type { ObservedObject } from './observed-object';
import type { FailureGroup, OutcomeCounts, RunFigures, SlowObject } from './run-figures';
import { Slots } from './slots';
import { TimeColumns } from './time-columns';

/** Narrow columns show nothing but noise. */
const THROUGHPUT_COLUMNS = 160;
const TIMELINE_COLUMNS = 480;
const SLOWEST = 100;
const FAILURES_OF_AN_ERROR = 200;
/** Characters of all messages and stacks together, so that a report opens quickly. */
const FAILURE_CHARACTERS = 1_000_000;

export class FiguresCollector {
  private readonly counts: OutcomeCounts = { success: 0, skipped: 0, failed: 0, done: 0, pending: 0 };
  private readonly columns = new TimeColumns(THROUGHPUT_COLUMNS);
  private readonly ended = {
    success: this.columns.series(),
    skipped: this.columns.series(),
    failed: this.columns.series(),
  };
  private readonly slots = new Slots(new TimeColumns(TIMELINE_COLUMNS));
  private readonly durations = new DurationCounts();
  private slowest: SlowObject[] = [];
  private readonly failures = new Map<string, FailureGroup>();
  private failureCharacters = 0;
  private readonly sums = { bytesIn: 0, bytesOut: 0, retried: 0, peakMemoryMib: 0 };
  private from?: number;
  private to?: number;

  add(object: ObservedObject): void {
    const { status, endedAt, seconds = 0, bytesIn = 0, bytesOut = 0, attempt = 1 } = object;
    this.counts[status] += 1;
    this.sums.bytesIn += bytesIn;
    this.sums.bytesOut += bytesOut;
    if (attempt > 1) this.sums.retried += 1;
    this.sums.peakMemoryMib = Math.max(this.sums.peakMemoryMib, object.peakMemoryMib ?? 0);
    if (status === 'failed') this.addFailure(object);
    if (status === 'success') this.addDuration(object);
    if (endedAt === undefined || status === 'done' || status === 'pending') return;
    const startedAt = endedAt - seconds * 1000;
    this.from = Math.min(this.from ?? startedAt, startedAt);
    this.to = Math.max(this.to ?? endedAt, endedAt);
    this.slots.add(object);
    this.columns.add(this.ended[status], endedAt);
  }

  get figures(): RunFigures {
    const { columns, slots, counts, from, to, durations } = this;
    return {
      counts: { ...counts },
      ...this.sums,
      workers: slots.workers,
      ...(from !== undefined && { from, to }),
      throughput: {
        ...columns.grid,
        success: columns.values(this.ended.success),
        skipped: columns.values(this.ended.skipped),
        failed: columns.values(this.ended.failed),
      },
      timeline: slots.timeline,
      durations: durations.durations,
      slowest: this.sortedSlowest(),
      failures: [...this.failures.values()].sort((a, b) => b.count - a.count),
    };
  }

  private addDuration({ key, seconds, bytesIn = 0, attempt = 1, worker = '', slot }: ObservedObject): void {
    if (seconds === undefined) return;
    this.durations.add(seconds);
    this.slowest.push({ key, seconds, bytes: bytesIn, attempt, worker, ...(slot !== undefined && { slot }) });
    // Sorted only now and then, since most objects are not among the slowest.
    if (this.slowest.length >= 10 * SLOWEST) this.slowest = this.sortedSlowest();
  }

  private sortedSlowest(): SlowObject[] {
    return this.slowest.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  }

  private addFailure(object: ObservedObject): void {
    const { key, error = 'unknown', message = '', stack, worker, slot, attempt, endedAt: at } = object;
    const group = this.failures.get(error) ?? { error, count: 0, objects: [] };
    this.failures.set(error, group);
    group.count += 1;
    const characters = key.length + message.length + (stack?.length ?? 0);
    // Every error has an example.
    const hasRoom =
      group.objects.length < FAILURES_OF_AN_ERROR &&
      this.failureCharacters + characters <= FAILURE_CHARACTERS;
    if (group.objects.length > 0 && !hasRoom) return;
    this.failureCharacters += characters;
    group.objects.push({ key, message, stack, worker, slot, attempt, at });
  }
}
