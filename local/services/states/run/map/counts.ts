/** The counts of a Map Run: of its items, and of its child executions. */
import type { Execution } from '../execution';

/** Names: API reference, MapRunItemCounts and MapRunExecutionCounts. */
const emptyCounts = () => ({
  pending: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  timedOut: 0,
  aborted: 0,
  total: 0,
  resultsWritten: 0,
  failuresNotRedrivable: 0,
  pendingRedrive: 0,
});
type Counter = keyof ReturnType<typeof emptyCounts>;

const COUNTERS = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timedOut',
  ABORTED: 'aborted',
  RUNNING: 'running',
  PENDING: 'pending',
  PENDING_REDRIVE: 'pendingRedrive',
} as const satisfies Record<Execution['status'], Counter>;

export class Counts {
  readonly items = emptyCounts();
  readonly executions = emptyCounts();

  /** A child that is to be started. */
  add(child: Pick<Execution, 'itemCount'>): void {
    this.change(child, 'total', 1);
    this.change(child, 'pending', 1);
  }

  /** A child has, or gets, another status. */
  move(child: Execution, from: Execution['status'], to: Execution['status']): void {
    this.change(child, COUNTERS[from], -1);
    this.change(child, COUNTERS[to], 1);
  }

  notRedrivable(child: Execution): void {
    this.change(child, 'failuresNotRedrivable', 1);
  }

  /** The results of all that was started are written. */
  written(): void {
    for (const counts of [this.items, this.executions]) counts.resultsWritten = counts.total - counts.pending;
  }

  private change({ itemCount }: Pick<Execution, 'itemCount'>, counter: Counter, sign: 1 | -1): void {
    this.items[counter] += sign * itemCount;
    this.executions[counter] += sign;
  }
}
