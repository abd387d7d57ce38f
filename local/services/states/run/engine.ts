/** What the executions of a service share: activities, expressions, clients, and the executions that are known. */
import type { PublishedEvent } from '../../../core/published-event';
import { Expressions } from '../language/expressions';
import { Activities } from './activities';
import { Clients, type ClientsOptions } from './clients';
import type { Execution, Host } from './execution';
import type { StateMachine } from './state-machine';
import { statusChange } from './status-change';
import { ExecutionStore } from './store';

export interface EngineOptions extends ClientsOptions {
  /** 12 digits. */
  account: string;
  /** `aws`, `aws-cn`, … */
  partition: string;
  /** Takes "Step Functions Execution Status Change" events of executions, not of a map's children. */
  publish(event: PublishedEvent): void;
  /** Throws a ServiceError unless the role may do what its map does without a request. Default: everything. */
  allow?(roleArn: string, action: string, resource: string): void;
  /**
   * Finished executions that are kept with input, output and history; of a map's children as many again. Those that
   * did not succeed are kept the longest. Default 1000; fewer if their histories pass 64 Mi characters.
   */
  historyLimit?: number;
  /** What evaluates expressions, which the service closes. Default: a new one. It may be prepared before there is a definition. */
  expressions?: Expressions;
  /** Seconds after which GetActivityTask answers without a task. Default 60, as AWS. */
  activityPollSeconds?: number;
}

export type ResourceKind = 'stateMachine' | 'execution' | 'activity' | 'mapRun';

export class Engine implements Omit<Host, 'interpret'> {
  readonly activities: Activities;
  readonly clients: Clients;
  readonly executions: ExecutionStore;
  readonly expressions: Expressions;
  readonly machines = new Map<string, StateMachine>();
  private readonly working = new Set<Promise<unknown>>();

  constructor(readonly options: EngineOptions) {
    this.activities = new Activities(options.activityPollSeconds ?? 60);
    this.clients = new Clients(options);
    this.expressions = options.expressions ?? new Expressions();
    this.executions = new ExecutionStore(options.historyLimit ?? 1_000);
  }

  /** `arn:<partition>:states:<region>:<account>:<kind>:<name>[:<name>]`. */
  arn(kind: ResourceKind, ...names: string[]): string {
    const { partition, region, account } = this.options;
    return ['arn', partition, 'states', region, account, kind, ...names].join(':');
  }

  hasMachine(stateMachineArn: string): boolean {
    return this.machines.has(stateMachineArn);
  }

  running(execution: Execution): void {
    this.executions.running(execution);
  }

  ended(execution: Execution): void {
    this.executions.ended(execution);
  }

  announce(execution: Execution): void {
    this.options.publish(statusChange(execution));
  }

  track(work: Promise<unknown>): void {
    this.working.add(work);
    work.finally(() => this.working.delete(work));
  }

  /** Stops all executions, waits until what they began has ended, and leaves no timer, socket or process. */
  async close(): Promise<void> {
    for (const execution of this.executions.started.values()) execution.end('ABORTED', {});
    this.activities.close();
    while (this.working.size > 0) await Promise.allSettled(this.working);
    await this.expressions.close();
    this.clients.close();
  }
}
