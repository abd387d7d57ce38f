/** One execution: its status, its history, and how it ends. What its states do is in interpreter.ts. */
import type { Program } from './definition';
import type { Engine } from './engine';
import { StatesError } from './errors';
import { History } from './history';
import { interpret } from './interpreter';
import type { Json, JsonObject } from './json';
import type { MapRun } from './map/run';
import { statusChange } from './status-change';
import { after } from './timers';

/** PENDING is no status of the API: a child that its map has not started yet. */
export type ExecutionStatus =
  | 'PENDING'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'ABORTED'
  | 'PENDING_REDRIVE';

/** The state machine as it was when the execution started. */
export interface Machine {
  stateMachineArn: string;
  name: string;
  roleArn: string;
  /** Text of the definition. */
  definition: string;
  revisionId: string;
  updateDate: Date;
}

export interface ExecutionOptions {
  executionArn: string;
  name: string;
  machine: Machine;
  program: Program;
  /** JSON text, and what it means. */
  inputText: string;
  input: Json;
  /** The map that starts this execution as a child, and how many of its items are in it. */
  mapRun?: MapRun;
  itemCount?: number;
  /** Place among the map's children. */
  index?: number;
  /** Called once each time the execution has ended. */
  ended?(execution: Execution): void;
}

const TERMINAL_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

export class Execution {
  readonly executionArn: string;
  readonly name: string;
  readonly machine: Machine;
  readonly inputText: string;
  readonly mapRun?: MapRun;
  readonly itemCount: number;
  readonly index: number;
  status: ExecutionStatus = 'PENDING';
  startDate = new Date();
  stopDate?: Date;
  /** JSON text. */
  output?: string;
  error?: string;
  cause?: string;
  redriveCount = 0;
  redriveDate?: Date;
  history = new History();
  /** Map runs that this execution started, in order. */
  readonly mapRuns: MapRun[] = [];
  /** Where the execution stands; a redrive goes on from here. */
  checkpoint: { state: string; input: Json; inputText: string; variables: JsonObject };
  /** `$states.context` without what a single state adds. */
  context: JsonObject = {};
  private controller = new AbortController();
  /** Settles when nothing of the last run is left; it may outlive the run's end. */
  private working: Promise<void> = Promise.resolve();
  private cancelTimeout: () => void = () => undefined;

  constructor(
    readonly engine: Engine,
    private readonly options: ExecutionOptions,
  ) {
    const { executionArn, name, machine, program, inputText, input, mapRun } = options;
    this.mapRun = mapRun;
    this.executionArn = executionArn;
    this.name = name;
    this.machine = machine;
    this.inputText = inputText;
    this.itemCount = options.itemCount ?? 0;
    this.index = options.index ?? 0;
    this.checkpoint = { state: program.StartAt, input, inputText, variables: {} };
  }

  get program(): Program {
    return this.options.program;
  }

  /** Aborted when the execution ends before its states do. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** ARN of the state machine; a child's also has its map's label. */
  get stateMachineArn(): string {
    const { stateMachineArn } = this.machine;
    return this.mapRun ? `${stateMachineArn}/${this.mapRun.label}` : stateMachineArn;
  }

  start(): void {
    this.startDate = new Date();
    this.history.record('ExecutionStarted', 'executionStartedEventDetails', {
      input: this.inputText,
      inputDetails: { truncated: false },
      roleArn: this.machine.roleArn,
    });
    this.run();
  }

  /** Runs again from the state that did not succeed. */
  redrive(): void {
    this.redriveCount += 1;
    this.redriveDate = new Date();
    this.stopDate = undefined;
    this.error = undefined;
    this.cause = undefined;
    this.history.record('ExecutionRedriven', 'executionRedrivenEventDetails', {
      redriveCount: this.redriveCount,
    });
    this.run();
  }

  private run(): void {
    const { engine, machine, mapRun } = this;
    this.status = 'RUNNING';
    engine.executions.running(this);
    this.context = {
      Execution: {
        Id: this.executionArn,
        Input: this.options.input,
        Name: this.name,
        RoleArn: machine.roleArn,
        StartTime: this.startDate.toISOString(),
        RedriveCount: this.redriveCount,
        ...(this.redriveDate ? { RedriveTime: this.redriveDate.toISOString() } : {}),
      },
      StateMachine: {
        Id: this.stateMachineArn,
        Name: mapRun ? `${machine.name}/${mapRun.label}` : machine.name,
      },
    };
    const { TimeoutSeconds } = this.program;
    if (TimeoutSeconds !== undefined) {
      this.cancelTimeout = after(TimeoutSeconds * 1_000, () => this.end('TIMED_OUT', {}));
    }
    this.announce();
    this.working = this.working.then(() => this.interpret());
    engine.track(this.working);
  }

  private async interpret(): Promise<void> {
    if (this.status !== 'RUNNING') return;
    if (this.signal.aborted) this.controller = new AbortController();
    const { signal } = this;
    try {
      const output = await interpret(this);
      this.end('SUCCEEDED', { output });
    } catch (reason) {
      // Ended meanwhile, and perhaps redriven: what is thrown then is only the way out.
      if (signal.aborted) return;
      const { error, cause } =
        reason instanceof StatesError ? reason : new StatesError('States.Runtime', String(reason));
      this.end('FAILED', { error, cause });
    }
  }

  /** Ends the execution, unless it has ended; whatever its states wait for is taken away from them. */
  end(
    status: keyof typeof TERMINAL_EVENTS,
    { output, error, cause }: { output?: string; error?: string; cause?: string },
  ): void {
    if (this.status !== 'RUNNING') return;
    this.cancelTimeout();
    if (status === 'ABORTED') this.recordAbortedState();
    const type = TERMINAL_EVENTS[status];
    this.history.record(
      type,
      `${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`,
      status === 'SUCCEEDED' ? { output, outputDetails: { truncated: false } } : { error, cause },
      true,
    );
    Object.assign(this, { status, output, error, cause, stopDate: new Date() });
    this.controller.abort(new Error(`${this.executionArn} ended: ${status}`));
    this.announce();
    // A child is kept by its map, once its result is written.
    if (!this.mapRun) this.engine.executions.ended(this);
    this.options.ended?.(this);
  }

  private recordAbortedState(): void {
    const type = this.program.States[this.checkpoint.state]?.Type;
    const record = (event: string) => this.history.record(event, undefined, undefined, true);
    if (type === 'Map' && this.mapRuns.at(-1)?.status === 'RUNNING') record('MapRunAborted');
    if (type === 'Task' || type === 'Wait' || type === 'Map') record(`${type}StateAborted`);
  }

  /** Children announce nothing; their map's execution does. */
  private announce(): void {
    if (!this.mapRun) this.engine.publish(statusChange(this));
  }
}
