/**
 * One run of a Distributed Map: it starts a child execution for each input, no more at a time than allowed, until all
 * have ended, too many have failed, or it is stopped. Inputs are read ahead of the children by a bounded number, so
 * that memory follows what runs.
 */
import { asStatesError, StatesError } from '../../language/errors';
import type { Json } from '../../language/json';
import type { Program } from '../../language/schema';
import { giveWay } from '../../time/turns';
import { Execution } from '../execution';
import type { ChildInput } from './batches';
import type { Results } from './results';

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
/** Inputs read before others have their turn: what is to come is known early. */
const READ_AT_ONCE = 1_000;
/** Children at a time where MaxConcurrency is 0 or beyond; AWS's quota. */
const MAX_CHILDREN = 10_000;

/** After these a redrive starts a new run. */
const OWN_DATA = ['States.DataLimitExceeded', 'States.Runtime', 'States.QueryEvaluationError'];

/** Settings that can change during the run. */
export interface MapRunLimits {
  maxConcurrency?: number;
  toleratedFailureCount?: number;
  toleratedFailurePercentage?: number;
}

export interface MapRunOptions {
  mapRunArn: string;
  /** The execution whose state this is, and the event that entered the state. */
  parent: Execution;
  enteredId: number;
  /** The map state's `Label`, or the one generated for it. */
  label: string;
  program: Program;
  results: Results;
  /** All items, for their number. */
  items(signal: AbortSignal): AsyncIterable<Json> | Iterable<Json>;
  /** Inputs from the given number of items on. */
  inputs(skip: number, signal: AbortSignal): AsyncIterable<ChildInput>;
  limits: MapRunLimits;
}

export class MapRun {
  readonly mapRunArn: string;
  readonly label: string;
  readonly itemCounts = emptyCounts();
  readonly executionCounts = emptyCounts();
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING';
  startDate = new Date();
  stopDate?: Date;
  redriveCount = 0;
  redriveDate?: Date;
  /** Children that did not succeed and are still known: what a redrive runs again. */
  private readonly unsuccessful = new Set<Execution>();
  private readonly queue: Execution[] = [];
  private readonly running = new Set<Execution>();
  /** Running, or ended with the result not yet taken. */
  private open = 0;
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
    const { parent, label, mapRunArn } = options;
    this.label = label;
    this.mapRunArn = mapRunArn;
    parent.engine.executions.mapRuns.set(mapRunArn, this);
    parent.mapRuns.push(this);
  }

  get executionArn(): string {
    return this.options.parent.executionArn;
  }

  get stateMachineArn(): string {
    return `${this.options.parent.machine.stateMachineArn}/${this.label}`;
  }

  /** A run that failed by its own data would fail again. Source: Developer Guide, "Redriving Map Runs", Redrive eligibility. */
  get isRedrivable(): boolean {
    return this.status !== 'SUCCEEDED' && !OWN_DATA.includes(this.failure?.error ?? '');
  }

  get enteredId(): number {
    return this.options.enteredId;
  }

  get limits(): MapRunLimits {
    return this.options.limits;
  }

  /** Changes a run under way: the limits that are given. */
  update(changes: MapRunLimits): void {
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    Object.assign(this.limits, Object.fromEntries(given));
    this.checkTolerance();
    this.dispatch();
  }

  /** Runs to the end; resolves with the map's output, once the results are written. Throws a StatesError. */
  async run(): Promise<Json> {
    const { parent, results } = this.options;
    const abort = () => this.stop('ABORTED');
    parent.signal.addEventListener('abort', abort, { once: true });
    const reading = this.readAll ? Promise.resolve() : this.read();
    await new Promise<void>((resolve) => {
      this.wakeRun = resolve;
      this.dispatch();
    });
    this.stopReading.abort();
    await Promise.all([reading, this.counting]);
    parent.signal.removeEventListener('abort', abort);

    let output: Json = null;
    try {
      output = await results.finish(this.queue);
      for (const counts of results.isExported ? [this.itemCounts, this.executionCounts] : []) {
        counts.resultsWritten = counts.total - counts.pending;
      }
    } catch (error) {
      this.failure ??= asStatesError(error);
    }
    this.takeBackRedrives();
    if (this.status === 'RUNNING') this.status = this.failure ? 'FAILED' : 'SUCCEEDED';
    this.stopDate = new Date();
    if (this.failure) throw this.failure;
    return output;
  }

  /** Children whose redrive has not begun are again what they were: no run that has ended has pending redrives. */
  private takeBackRedrives(): void {
    const waiting = this.queue.filter(({ status }) => status === 'PENDING_REDRIVE');
    for (const child of waiting) {
      this.queue.splice(this.queue.indexOf(child), 1);
      child.status = child.lastStatus;
      this.move(child, 'pendingRedrive', COUNTERS[child.status]);
      this.unsuccessful.add(child);
    }
  }

  /** Makes the run ready to run again with what did not succeed, and what was never started. */
  redrive(): void {
    this.redriveCount += 1;
    this.redriveDate = new Date();
    this.stopDate = this.failure = undefined;
    this.status = 'RUNNING';
    this.stopReading = new AbortController();
    for (const child of this.unsuccessful) {
      this.move(child, COUNTERS[child.status], 'pendingRedrive');
      child.status = 'PENDING_REDRIVE';
      this.queue.push(child);
    }
    this.unsuccessful.clear();
  }

  /** An unsuccessful child that is not kept any longer cannot be redriven. */
  forget(child: Execution): void {
    if (this.unsuccessful.delete(child)) this.count(child, 'failuresNotRedrivable', 1);
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
    const { signal } = this.stopReading;
    try {
      for await (const input of this.options.inputs(this.readItems, signal)) {
        this.readItems += input.itemCount;
        const child = this.child(input);
        this.count(child, 'total', 1);
        this.count(child, 'pending', 1);
        this.queue.push(child);
        this.dispatch();
        if (this.executionCounts.total % READ_AT_ONCE === 0) await giveWay();
        if (this.itemCounts.pending >= READ_AHEAD_ITEMS && this.status === 'RUNNING') {
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

  private child({ name, text, input, itemCount }: ChildInput): Execution {
    const { engine, machine } = this.options.parent;
    return new Execution(engine, {
      executionArn: engine.arn('execution', `${machine.name}/${this.label}`, name),
      name,
      machine,
      program: this.options.program,
      inputText: text,
      input,
      mapRun: this,
      itemCount,
      index: this.executionCounts.total,
      ended: (execution) => void this.ended(execution),
    });
  }

  /** Starts what may start; called whenever something has changed. */
  private dispatch(): void {
    const limit = Math.min(this.limits.maxConcurrency || MAX_CHILDREN, MAX_CHILDREN);
    // A result that waits for the disk counts like a child that runs, or such results would pile up.
    while (this.status === 'RUNNING' && this.open < limit) {
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
    if (child.redrivability.redriveStatus === 'REDRIVABLE_BY_MAP_RUN') this.unsuccessful.add(child);
    else if (child.status !== 'SUCCEEDED') this.count(child, 'failuresNotRedrivable', 1);
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
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.limits;
    const { failed, timedOut, total } = this.itemCounts;
    const failures = failed + timedOut;
    const byPercentage = percentage ?? (count === undefined ? 0 : 100);
    const exceeds = (items: number) => failures * 100 > byPercentage * items;
    // A percentage is of all items. As long as they are not all read, they are counted, once it might matter.
    const all = this.readAll || byPercentage === 0 ? total : this.countedItems;
    if (all === undefined && exceeds(total)) this.counting ??= this.countItems();
    if (failures <= (count ?? failures) && (all === undefined || !exceeds(all))) return;
    const why = 'The specified tolerated failure threshold was exceeded';
    this.stop('FAILED', new StatesError('States.ExceedToleratedFailureThreshold', why));
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
