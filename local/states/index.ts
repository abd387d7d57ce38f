/**
 * Step Functions: state machines in the Amazon States Language with JSONata, executions, Distributed Maps and
 * activities, behind the service's own API. What it calls, it calls over HTTP with the state machine's role.
 */
import type { AwsCredentialIdentity } from '@aws-sdk/types';
import type { OperationsService } from '../service';
import { Activities } from './activities';
import { Clients } from './clients';
import type { Engine, PublishedEvent } from './engine';
import { activityOperations } from './operations/activities';
import { executionOperations } from './operations/executions';
import { mapRunOperations } from './operations/map-runs';
import { stateMachineOperations } from './operations/state-machines';
import { StateMachines } from './state-machines';
import { ExecutionStore } from './store';

export type { PublishedEvent } from './engine';

export interface StatesOptions {
  /** 12 digits. */
  account: string;
  region: string;
  /** `aws`, `aws-cn`, … */
  partition: string;
  /** Where the other services are; asked when the first call is made. */
  endpoint(): string;
  /** Credentials of a state machine's role; asked again when they expire. */
  credentialsFor(roleArn: string): Promise<AwsCredentialIdentity>;
  /** Takes "Step Functions Execution Status Change" events of executions, not of a map's children. */
  publish(event: PublishedEvent): void;
  /** Throws a ServiceError unless the role may do what its map does without a request. Default: everything. */
  allow?(roleArn: string, action: string, resource: string): void;
  /**
   * Finished executions that are kept with input, output and history; of a map's children as many again. Those that
   * did not succeed are kept the longest. Default 1000.
   */
  historyLimit?: number;
  /** Seconds after which GetActivityTask answers without a task. Default 60, as AWS. */
  activityPollSeconds?: number;
}

export interface States {
  service: OperationsService;
  /** Stops all executions, waits until what they began has ended (results are written), and leaves no timer or socket. */
  close(): Promise<void>;
}

export function createStates(options: StatesOptions): States {
  const { account, region, partition } = options;
  const working = new Set<Promise<unknown>>();
  const clients = new Clients(region, options.endpoint, options.credentialsFor);
  const activities = new Activities(options.activityPollSeconds ?? 60);
  const executions = new ExecutionStore(options.historyLimit ?? 1_000);
  const machines = new StateMachines();
  const engine: Engine = {
    site: { account, region, partition },
    clients,
    activities,
    executions,
    publish: options.publish,
    allow: options.allow ?? (() => undefined),
    track: (work) => {
      working.add(work);
      work.finally(() => working.delete(work));
    },
  };
  return {
    service: {
      name: 'states',
      protocol: 'json',
      operations: {
        ...stateMachineOperations(engine, machines),
        ...executionOperations(engine, machines),
        ...mapRunOperations(engine),
        ...activityOperations(engine),
      },
    },
    close: async () => {
      for (const execution of executions.started.values()) execution.end('ABORTED', {});
      activities.close();
      while (working.size > 0) await Promise.allSettled(working);
      clients.close();
    },
  };
}
