/**
 * One run of a Distributed Map: it starts a child execution for each input, no more at a time than allowed, until all
 * have ended, too many have failed, or it is stopped.
 */
import { asStatesError, StatesError } from '../../language/errors';
import type { Json } from '../../language/json';
import { Execution, type ParentRun } from '../execution';
import type { ChildInput } from './child-input';
import { Counts } from './counts';
import type { MapRunLimits, MapRunOptions } from './map-run-options';
import { ReadAhead } from './read-ahead';
import { Tolerance } from './tolerance';

/** Children at a time if MaxConcurrency is 0 or beyond; AWS's quota. */
const MAX_CHILDREN = 10_000;

/** After these a redrive starts a new run. */
const OWN_DATA = ['States.DataLimitExceeded', 'States.Runtime', 'States.QueryEvaluationError'];

export class MapRun implements ParentRun {
  readonly mapRunArn: string;
  readonly label: string;
  readonly counts = new Counts();
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' = 'RUNNING';
  startDate = new Date();
  stopDate?: Date;
  redriveCount = 0;
  redriveDate?: Date;
  /** Children that did not succeed and are still known: what a redrive runs again. */
  private readonly unsuccessful = new Set<Execution>();
  /** Children to start, and to redrive. Before it is started, a child is its input alone: thousands may wait. */
  private readonly queue: (ChildInput | Execution)[] = [];
  private readonly running = new Set<Execution>();
  /** Running, or ended with the result not yet taken. */
  private open = 0;
  private readonly ahead: ReadAhead;
  private readonly tolerance: Tolerance;
  private failure?: StatesError;
  private stopReading = new AbortController();
  private wakeRun: () => void = () => undefined;

  constructor(private readonly options: MapRunOptions) {
    const { label, mapRunArn, limits, pages } = options;
    this.label = label;
    this.mapRunArn = mapRunArn;
    this.ahead = new ReadAhead(options.inputs, () => this.counts.items.pending);
    this.tolerance = new Tolerance(limits, this.counts, pages, () => this.checkTolerance());
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
    const stopListening = parent.interruption.listen(() => this.stop('ABORTED'));
    const reading = this.ahead.isDone ? Promise.resolve() : this.read();
    await new Promise<void>((resolve) => {
      this.wakeRun = resolve;
      this.dispatch();
    });
    this.stopReading.abort();
    await Promise.all([reading, this.tolerance.settled()]);
    stopListening();

    let output: Json = null;
    try {
      output = await results.finish(this.waiting());
      if (results.isExported) this.counts.written();
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
    const waiting = this.queue.filter((child) => child instanceof Execution);
    for (const child of waiting) {
      this.queue.splice(this.queue.indexOf(child), 1);
      child.status = child.lastStatus;
      this.counts.move(child, 'PENDING_REDRIVE', child.status);
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
      this.counts.move(child, child.status, 'PENDING_REDRIVE');
      child.status = 'PENDING_REDRIVE';
      this.queue.push(child);
    }
    this.unsuccessful.clear();
  }

  /** An unsuccessful child that is not kept any longer cannot be redriven. */
  forget(child: Execution): void {
    if (this.unsuccessful.delete(child)) this.counts.notRedrivable(child);
  }

  /** Starts nothing more, and takes away what runs. */
  private stop(status: 'FAILED' | 'ABORTED', failure?: StatesError): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.failure = failure;
    this.stopReading.abort();
    for (const child of [...this.running]) child.end('ABORTED', {});
    this.dispatch();
  }

  private async read(): Promise<void> {
    const { signal } = this.stopReading;
    try {
      await this.ahead.read(signal, (input) => {
        this.counts.add(input);
        this.queue.push(input);
        this.dispatch();
      });
      this.checkTolerance();
    } catch (error) {
      if (!signal.aborted) this.stop('FAILED', asStatesError(error));
    } finally {
      this.dispatch();
    }
  }

  private *waiting(): Iterable<Execution> {
    for (const child of this.queue) yield child instanceof Execution ? child : this.execution(child);
  }

  private execution({ name, text, input, itemCount }: ChildInput): Execution {
    const { parent, arnOfChild } = this.options;
    const { host, machine } = parent;
    const { total, pending } = this.counts.executions;
    return new Execution(host, {
      executionArn: arnOfChild(name),
      machine,
      program: this.options.program,
      inputText: text,
      input,
      mapRun: this,
      itemCount,
      // As many as are started already.
      index: total - pending,
    });
  }

  /** Starts what may start; called whenever something has changed. */
  private dispatch(): void {
    const limit = Math.min(this.limits.maxConcurrency || MAX_CHILDREN, MAX_CHILDREN);
    // A result that waits for the disk counts like a child that runs, or such results would pile up.
    while (this.status === 'RUNNING' && this.open < limit) {
      const next = this.queue.shift();
      if (!next) break;
      const child = next instanceof Execution ? next : this.execution(next);
      this.running.add(child);
      this.open += 1;
      this.counts.move(child, child.status, 'RUNNING');
      if (child.status === 'PENDING_REDRIVE') child.redrive();
      else child.start();
    }
    this.ahead.resume();
    const nothingToStart = this.status !== 'RUNNING' || (this.ahead.isDone && this.queue.length === 0);
    if (nothingToStart && this.open === 0) this.wakeRun();
  }

  ended(child: Execution): void {
    this.running.delete(child);
    this.counts.move(child, 'RUNNING', child.status);
    if (child.status !== 'SUCCEEDED') {
      const isRedrivable = child.redrivability.redriveStatus === 'REDRIVABLE_BY_MAP_RUN';
      if (isRedrivable) this.unsuccessful.add(child);
      else this.counts.notRedrivable(child);
    }
    this.checkTolerance();
    void this.take(child);
  }

  /** Takes the result of a child. */
  private async take(child: Execution): Promise<void> {
    try {
      const room = this.options.results.add(child);
      if (room) await room;
    } catch (error) {
      this.stop('FAILED', new StatesError('States.ResultWriterFailed', String(error)));
    }
    child.host.ended(child);
    this.open -= 1;
    this.dispatch();
  }

  private checkTolerance(): void {
    if (this.status !== 'RUNNING' || !this.tolerance.isExceeded(this.ahead.isDone, this.stopReading.signal))
      return;
    const why = 'The specified tolerated failure threshold was exceeded';
    this.stop('FAILED', new StatesError('States.ExceedToleratedFailureThreshold', why));
  }
}
