/** One execution: its status, its history, and how it ends. interpreter.ts runs its states. */

import { asStatesError } from '../language/errors';
import type { Evaluation } from '../language/expressions';
import type { Json, JsonObject } from '../language/json';
import type { Program } from '../language/schema';
import { after } from '../time/timers';
import { History, MAX_EVENTS } from './history';
import { Interruption } from './interruption';
import { RedriveTokens } from './redrive-tokens';
import type { StateMachine } from './state-machine';

/** The API has no status PENDING: it is a child that its map has not started yet. */
export type ExecutionStatus =
  | 'PENDING'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'ABORTED'
  | 'PENDING_REDRIVE';

/** What an execution needs of its surroundings. */
export interface Host {
  /** Runs the states from the execution's checkpoint on; resolves with the output as JSON text. Rejects with a StatesError. */
  interpret(execution: Execution): Promise<string>;
  /** Whether the state machine is there: it may have been deleted. */
  hasMachine(stateMachineArn: string): boolean;
  /** It runs, for the first time or again. */
  running(execution: Execution): void;
  /** It has ended, and a child's result is taken. */
  ended(execution: Execution): void;
  /** Tells EventBridge of its status. */
  announce(execution: Execution): void;
  /** Keeps track of work that goes on after its request was answered. */
  track(work: Promise<unknown>): void;
}

/** The Map Run of a child execution. */
export interface ParentRun {
  mapRunArn: string;
  /** ARN of the execution whose map it is. */
  executionArn: string;
  /** ARN of the state machine with the map's label. */
  stateMachineArn: string;
  label: string;
  /** Called once each time a child has ended. */
  ended(child: Execution): void;
  /** The child is not kept any longer. */
  forget(child: Execution): void;
}

export interface ExecutionOptions {
  executionArn: string;
  machine: StateMachine;
  program: Program;
  /** JSON text, and what it means. */
  inputText: string;
  input: Json;
  /** The map that starts this execution as a child, how many of its items are in it, and its place among the children. */
  mapRun?: ParentRun;
  itemCount?: number;
  index?: number;
}

const TERMINAL_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

let sequence = 0;

export class Execution implements Evaluation {
  /** Grows from one execution to the next. */
  readonly id = sequence++;
  readonly executionArn: string;
  readonly machine: StateMachine;
  readonly program: Program;
  readonly inputText: string;
  private input: Json;
  readonly mapRun?: ParentRun;
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
  readonly redriveTokens = new RedriveTokens();
  readonly history = new History();
  /** The current state of the execution; a redrive goes on from here. */
  checkpoint: { state: string; input: Json; inputText: string; variables: JsonObject };
  /** `$states.context` without what a single state adds. */
  context: JsonObject = {};
  readonly interruption = new Interruption();
  /** Settles when nothing of the last run is left; it may outlive the run's end. */
  private working: Promise<void> = Promise.resolve();
  private cancelTimeout: () => void = () => undefined;

  constructor(
    readonly host: Host,
    { executionArn, machine, program, inputText, input, ...child }: ExecutionOptions,
  ) {
    this.executionArn = executionArn;
    this.machine = machine;
    this.program = program;
    this.inputText = inputText;
    this.input = input;
    this.mapRun = child.mapRun;
    this.itemCount = child.itemCount ?? 0;
    this.index = child.index ?? 0;
    this.checkpoint = { state: program.StartAt, input, inputText, variables: {} };
  }

  /** The ARN ends with it. */
  get name(): string {
    return this.executionArn.slice(this.executionArn.lastIndexOf(':') + 1);
  }

  /** Expressions of a map's children wait for each other, and for those of the map's own execution. */
  get owner(): string {
    return this.mapRun?.executionArn ?? this.executionArn;
  }

  get signal(): AbortSignal {
    return this.interruption.signal;
  }

  /** How it ended last. */
  get lastStatus(): ExecutionStatus {
    const type = this.history.events.at(-1)?.type;
    const [status] = Object.entries(TERMINAL_EVENTS).find(([, event]) => event === type) ?? ['RUNNING'];
    return status as ExecutionStatus;
  }

  /** ARN of the state machine; a child's also has its map's label. */
  get stateMachineArn(): string {
    return this.mapRun?.stateMachineArn ?? this.machine.stateMachineArn;
  }

  /** Whether it can be redriven now. Wording and rules: API reference, DescribeExecution. */
  get redrivability(): { redriveStatus: string; redriveStatusReason?: string } {
    const not = (redriveStatusReason: string) => ({ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason });
    const { status, history, mapRun, host, machine } = this;
    if (status === 'RUNNING' || status === 'SUCCEEDED')
      return not(`Execution is ${status} and cannot be redriven`);
    if (!host.hasMachine(machine.stateMachineArn)) return not('State machine is in DELETING status');
    if (history.events.length >= MAX_EVENTS - 1) return not('Execution history event limit exceeded');
    return { redriveStatus: mapRun ? 'REDRIVABLE_BY_MAP_RUN' : 'REDRIVABLE' };
  }

  start(): void {
    this.startDate = new Date();
    this.history.record('ExecutionStarted', { input: this.inputText, roleArn: this.machine.roleArn });
    this.run();
  }

  /** Runs again from the state that did not succeed. */
  redrive(): void {
    this.redriveCount += 1;
    this.redriveDate = new Date();
    this.stopDate = this.error = this.cause = undefined;
    this.history.record('ExecutionRedriven', { redriveCount: this.redriveCount });
    this.run();
  }

  private run(): void {
    const { host, machine, mapRun, redriveDate } = this;
    this.status = 'RUNNING';
    host.running(this);
    this.context = {
      Execution: {
        Id: this.executionArn,
        Input: this.input,
        Name: this.name,
        RoleArn: machine.roleArn,
        StartTime: this.startDate.toISOString(),
        RedriveCount: this.redriveCount,
        ...(redriveDate ? { RedriveTime: redriveDate.toISOString() } : {}),
      },
      StateMachine: {
        Id: this.stateMachineArn,
        Name: mapRun ? `${machine.name}/${mapRun.label}` : machine.name,
      },
    };
    const { TimeoutSeconds } = this.program;
    if (TimeoutSeconds) this.cancelTimeout = after(TimeoutSeconds * 1_000, () => this.end('TIMED_OUT', {}));
    this.announce();
    this.working = this.working.then(() => this.interpret());
    host.track(this.working);
  }

  private async interpret(): Promise<void> {
    if (this.status !== 'RUNNING') return;
    this.interruption.arm();
    try {
      this.end('SUCCEEDED', { output: await this.host.interpret(this) });
    } catch (reason) {
      // The execution ended meanwhile, and may have been redriven: then the error only ends this run of its
      // states.
      if (this.interruption.hasHappened) return;
      const { error, cause } = asStatesError(reason);
      this.end('FAILED', { error, cause });
    }
  }

  /** Ends the execution, unless it has ended, and interrupts everything that its states wait for. */
  end(
    status: keyof typeof TERMINAL_EVENTS,
    result: { output?: string; error?: string; cause?: string },
  ): void {
    if (this.status !== 'RUNNING') return;
    this.cancelTimeout();
    // Recorded: a stop follows no event, and nothing is said of the state that it interrupts.
    const previousEventId = status === 'ABORTED' ? 0 : undefined;
    this.history.record(TERMINAL_EVENTS[status], result, { previousEventId, last: true });
    this.output = result.output;
    this.error = result.error;
    this.cause = result.cause;
    this.status = status;
    this.stopDate = new Date();
    // A finished execution keeps only text.
    if (status === 'SUCCEEDED') {
      this.input = this.checkpoint.input = null;
      this.context = {};
    }
    this.interruption.interrupt();
    this.announce();
    // A child is kept by its map, once its result is written.
    if (!this.mapRun) this.host.ended(this);
    this.mapRun?.ended(this);
  }

  /** Children announce nothing; their map's execution does. */
  private announce(): void {
    if (!this.mapRun) this.host.announce(this);
  }
}
