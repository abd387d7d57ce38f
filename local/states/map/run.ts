/**
 * One run of a Distributed Map: it starts a child execution for each input, no more at a time than allowed, until all
 * have ended, too many have failed, or it is stopped. Inputs are read ahead of the children by a bounded number, so
 * that memory follows what runs.
 */
import { arn } from '../arns';
import type { Program } from '../definition';
import { StatesError } from '../errors';
import { Execution } from '../execution';
import type { Json } from '../json';
import type { ChildInput } from './batches';
import type { Results } from './results';

export type MapRunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';

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

/** Items read but not started; it bounds memory, and lets the counts show how much is to come. */
const READ_AHEAD_ITEMS = 10_000;
/** Children at a time where MaxConcurrency is 0 or beyond; AWS's quota. */
const MAX_CHILDREN = 10_000;

export interface MapRunOptions {
  /** The execution whose state this is. */
  parent: Execution;
  /** The map state's `Label`, or the one generated for it. */
  label: string;
  /** Unique among map runs; the last part of the ARN. */
  id: string;
  program: Program;
  results: Results;
  /** All items, for their number. */
  items(signal: AbortSignal): AsyncIterable<Json> | Iterable<Json>;
  /** Inputs from the given number of items on. */
  inputs(skip: number, signal: AbortSignal): AsyncIterable<ChildInput>;
  maxConcurrency: number;
  toleratedFailureCount?: number;
  toleratedFailurePercentage?: number;
}

export class MapRun {
  readonly mapRunArn: string;
  readonly label: string;
  readonly itemCounts = emptyCounts();
  readonly executionCounts = emptyCounts();
  status: MapRunStatus = 'RUNNING';
  startDate = new Date();
  stopDate?: Date;
  redriveCount = 0;
  redriveDate?: Date;
  /** Children that did not succeed and are still known: what a redrive runs again. */
  private readonly unsuccessful = new Set<Execution>();
  private queue: Execution[] = [];
  private readonly running = new Set<Execution>();
  /** Running, or ended with the result not yet taken. */
  private open = 0;
  private children = 0;
  private readItems = 0;
  private readAll = false;
  /** Settles with the number of all items, where that had to be known before all were read. */
  private counting?: Promise<void>;
  private countedItems?: number;
  private failure?: StatesError;
  private stopReading = new AbortController();
  private wakeReader: () => void = () => undefined;
  private wakeRun: () => void = () => undefined;

  constructor(private readonly options: MapRunOptions) {
    const { parent, label, id } = options;
    this.label = label;
    this.mapRunArn = arn(parent.engine.site, 'mapRun', `${parent.machine.name}/${label}`, id);
    parent.engine.executions.mapRuns.set(this.mapRunArn, this);
    parent.mapRuns.push(this);
  }

  get executionArn(): string {
    return this.options.parent.executionArn;
  }

  get stateMachineArn(): string {
    return `${this.options.parent.machine.stateMachineArn}/${this.label}`;
  }

  get maxConcurrency(): number {
    return this.options.maxConcurrency;
  }

  get toleratedFailureCount(): number {
    return this.options.toleratedFailureCount ?? 0;
  }

  get toleratedFailurePercentage(): number {
    return this.options.toleratedFailurePercentage ?? 0;
  }

  /** Changes a run under way. */
  update(
    changes: Pick<MapRunOptions, 'toleratedFailureCount' | 'toleratedFailurePercentage'> & {
      maxConcurrency?: number;
    },
  ): void {
    for (const [name, value] of Object.entries(changes)) {
      if (value !== undefined) Object.assign(this.options, { [name]: value });
    }
    this.dispatch();
  }

  /** Runs to the end; resolves with the map's output, once the results are written. Throws a StatesError. */
  async run(): Promise<Json> {
    const { parent, results } = this.options;
    const { signal } = parent;
    const abort = () => this.stop('ABORTED');
    signal.addEventListener('abort', abort, { once: true });
    const reading = this.readAll ? Promise.resolve() : this.read();
    await new Promise<void>((resolve) => {
      this.wakeRun = resolve;
      this.dispatch();
    });
    this.stopReading.abort();
    await Promise.all([reading, this.counting]);
    signal.removeEventListener('abort', abort);

    let output: Json = null;
    try {
      output = await results.finish(this.queue);
      for (const counts of [this.itemCounts, this.executionCounts]) {
        counts.resultsWritten = counts.total - counts.pending;
      }
    } catch (error) {
      this.failure ??= error as StatesError;
    }
    if (this.failure && this.status === 'RUNNING') this.status = 'FAILED';
    if (this.status === 'RUNNING') this.status = 'SUCCEEDED';
    this.stopDate = new Date();
    if (this.failure) throw this.failure;
    return output;
  }

  /** Makes the run ready to run again with what did not succeed, and what was never started. */
  redrive(): void {
    this.redriveCount += 1;
    this.redriveDate = new Date();
    this.stopDate = undefined;
    this.status = 'RUNNING';
    this.failure = undefined;
    this.stopReading = new AbortController();
    for (const child of this.unsuccessful) {
      const before = COUNTERS[child.status];
      child.status = 'PENDING_REDRIVE';
      this.move(child, before, 'pendingRedrive');
      this.queue.push(child);
    }
    this.unsuccessful.clear();
  }

  /** An unsuccessful child that is not kept any longer cannot be redriven. */
  forget(child: Execution): void {
    if (!this.unsuccessful.delete(child)) return;
    this.itemCounts.failuresNotRedrivable += child.itemCount;
    this.executionCounts.failuresNotRedrivable += 1;
  }

  /** Starts nothing more, and takes away what runs. */
  private stop(status: 'FAILED' | 'ABORTED', failure?: StatesError): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.failure = failure;
    this.stopReading.abort();
    this.wakeReader();
    for (const child of [...this.running]) child.end('ABORTED', {});
    this.dispatch();
  }

  private async read(): Promise<void> {
    const { parent, label, program } = this.options;
    const { engine, machine } = parent;
    const { signal } = this.stopReading;
    try {
      for await (const { name, text, input, itemCount } of this.options.inputs(this.readItems, signal)) {
        this.readItems += itemCount;
        const child = new Execution(engine, {
          executionArn: arn(engine.site, 'execution', `${machine.name}/${label}`, name),
          name,
          machine,
          program,
          inputText: text,
          input,
          mapRun: this,
          itemCount,
          index: this.children,
          ended: (execution) => void this.ended(execution),
        });
        this.children += 1;
        this.count(child, 'total', 1);
        this.count(child, 'pending', 1);
        this.queue.push(child);
        this.dispatch();
        if (this.status !== 'RUNNING') return;
        if (this.itemCounts.pending >= READ_AHEAD_ITEMS) {
          await new Promise<void>((resolve) => {
            this.wakeReader = resolve;
          });
        }
        if (this.status !== 'RUNNING') return;
      }
      this.readAll = true;
      this.checkTolerance();
    } catch (error) {
      if (!signal.aborted) this.stop('FAILED', asStatesError(error));
    } finally {
      this.dispatch();
    }
  }

  /** Starts what may start; called whenever something has changed. */
  private dispatch(): void {
    const limit = Math.min(this.maxConcurrency || MAX_CHILDREN, MAX_CHILDREN);
    while (this.status === 'RUNNING' && this.running.size < limit) {
      const child = this.queue.shift();
      if (!child) break;
      this.running.add(child);
      this.open += 1;
      this.move(child, COUNTERS[child.status], 'running');
      if (child.status === 'PENDING_REDRIVE') child.redrive();
      else child.start();
    }
    if (this.itemCounts.pending < READ_AHEAD_ITEMS) this.wakeReader();
    const nothingToStart = this.status !== 'RUNNING' || (this.readAll && this.queue.length === 0);
    if (nothingToStart && this.open === 0) this.wakeRun();
  }

  private async ended(child: Execution): Promise<void> {
    this.running.delete(child);
    this.move(child, 'running', COUNTERS[child.status]);
    if (child.status !== 'SUCCEEDED') this.unsuccessful.add(child);
    this.checkTolerance();
    try {
      await this.options.results.add(child);
    } catch (error) {
      this.stop('FAILED', new StatesError('States.ResultWriterFailed', String(error)));
    }
    child.engine.executions.ended(child);
    this.open -= 1;
    this.dispatch();
  }

  private checkTolerance(): void {
    if (this.status !== 'RUNNING') return;
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.options;
    const { failed, timedOut, total } = this.itemCounts;
    const failures = failed + timedOut;
    const byPercentage = percentage ?? (count === undefined ? 0 : 100);
    const exceeds = (items: number) => failures * 100 > byPercentage * items;
    // A percentage is of all items. As long as they are not all read, they are counted, once it might matter.
    const all = this.readAll || byPercentage === 0 ? total : this.countedItems;
    if (all === undefined && exceeds(total)) this.counting ??= this.countItems();
    if (failures <= (count ?? failures) && (all === undefined || !exceeds(all))) return;
    this.stop(
      'FAILED',
      new StatesError(
        'States.ExceedToleratedFailureThreshold',
        'The specified tolerated failure threshold was exceeded',
      ),
    );
  }

  private async countItems(): Promise<void> {
    const { signal } = this.stopReading;
    let items = 0;
    try {
      for await (const _ of this.options.items(signal)) {
        if (signal.aborted) return;
        items += 1;
      }
    } catch {
      // Stopped, or the source fails: reading the inputs fails likewise, and says so.
      return;
    }
    this.countedItems = items;
    this.checkTolerance();
  }

  private move(child: Execution, from: Counter, to: Counter): void {
    this.count(child, from, -1);
    this.count(child, to, 1);
  }

  private count(child: Execution, counter: Counter, sign: 1 | -1): void {
    this.itemCounts[counter] += sign * child.itemCount;
    this.executionCounts[counter] += sign;
  }
}

function asStatesError(error: unknown): StatesError {
  return error instanceof StatesError ? error : new StatesError('States.Runtime', String(error));
}
