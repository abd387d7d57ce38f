/** The services that the provisioner works with, in the local cloud: executions that only wait, a group, a cluster. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateStateMachineCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { LocalCloudOptions } from '../../../local/cloud';
import type { FleetStatus, ProvisionerEvent } from '../../../runtime/contract';
import { ExecutionReader } from '../../../runtime/provisioner/executions';
import { type Clients, reconcile } from '../../../runtime/provisioner/reconcile';
import { readSettings, type Settings } from '../../../runtime/provisioner/settings';
import { bootFixture, type FixtureOptions } from '../../local/support/fixture-stack';

const WAITS = {
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
};

const ENVIRONMENT = {
  AUTO_SCALING_GROUP_NAME: 'group',
  CLUSTER_NAME: 'cluster',
  SERVICE_NAME: 'workers',
  WORKER_LOG_GROUP: '/worker',
  MAX_WORKERS: '6',
  PROVISION_TIMEOUT_SECONDS: '60',
  PROVISION_POLL_SECONDS: '0.1',
  STOP_TIMEOUT_SECONDS: '1',
};

/** Options of a cloud whose instances never finish booting: it starts no process. */
export const WITHOUT_WORKERS = { bootSeconds: 3600 };

export const SCHEDULE: ProvisionerEvent = { action: 'reconcile' };

export const provision = (execution_arn: string, worker_count: number): ProvisionerEvent => ({
  action: 'provision',
  execution_arn,
  redrive_count: 0,
  worker_count,
  processor: 'checksum',
  parameters: {},
  started_at: new Date().toISOString(),
});

export const about = (action: 'deprovision' | 'resume', execution_arn: string): ProvisionerEvent => ({
  action,
  execution_arn,
  redrive_count: 0,
});

export class ProvisionerCloud {
  /** The answer to ListExecutions; undefined: the executions that run. */
  stale: object | undefined;
  intercept: NonNullable<LocalCloudOptions['intercept']> = () => undefined;
  /** Actions that were carried out, in order. */
  readonly actions: string[] = [];
  private local?: Awaited<ReturnType<typeof bootFixture>>;
  private made?: { clients: Clients; reader: ExecutionReader; environment: NodeJS.ProcessEnv };

  async boot(options: Partial<LocalCloudOptions> = {}, stack: FixtureOptions = {}): Promise<void> {
    this.local = await bootFixture(stack, {
      intercept: (handle) => (handle.action === 'ListExecutions' && this.stale) || this.intercept(handle),
      onRequest: ({ action }) => this.actions.push(action),
      ...options,
    });
    const { clientConfig: client } = this.local;
    const clients = {
      sfn: new SFNClient(client),
      autoScaling: new AutoScalingClient(client),
      ecs: new ECSClient(client),
      logs: new CloudWatchLogsClient(client),
    };
    const machine = new CreateStateMachineCommand({
      name: 'machine',
      definition: JSON.stringify(WAITS),
      roleArn: 'arn:aws:iam::000000000000:role/function',
    });
    const { stateMachineArn: STATE_MACHINE_ARN = '' } = await clients.sfn.send(machine);
    const reader = new ExecutionReader(clients.sfn, STATE_MACHINE_ARN);
    this.made = { clients, reader, environment: { STATE_MACHINE_ARN, ...ENVIRONMENT } };
  }

  async close(): Promise<void> {
    for (const client of Object.values(this.clients)) client.destroy();
    await this.cloud.close();
  }

  get cloud() {
    if (!this.local) throw new Error('boot it first');
    return this.local;
  }

  get clients(): Clients {
    return this.booted.clients;
  }

  /** The environment of the provisioner's function. */
  get environment(): NodeJS.ProcessEnv {
    return this.booted.environment;
  }

  /** The Auto Scaling group. */
  get group() {
    const [fleet] = this.cloud.services.autoscaling.groups.values();
    if (!fleet) throw new Error('the fixture has a group');
    return fleet;
  }

  /** Starts an execution that asks for workers and waits; returns its ARN. */
  async start(worker_count: number): Promise<string> {
    const { STATE_MACHINE_ARN: stateMachineArn } = this.environment;
    const input = JSON.stringify({ worker_count });
    const command = new StartExecutionCommand({ stateMachineArn, input });
    const { executionArn = '' } = await this.clients.sfn.send(command);
    return executionArn;
  }

  /** The answer of Step Functions, in the form of the wire. */
  async list(): Promise<{ executions: object[] }> {
    const { STATE_MACHINE_ARN: stateMachineArn } = this.environment;
    const { executions = [] } = await this.clients.sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    return { executions: executions.map((each) => ({ ...each, startDate: Number(each.startDate) / 1000 })) };
  }

  async stop(executionArn: string): Promise<void> {
    await this.clients.sfn.send(new StopExecutionCommand({ executionArn }));
  }

  /** Sends the provisioner an event. `more`: settings that replace its own. */
  reconcile(event: ProvisionerEvent, more: Partial<Settings> = {}): Promise<FleetStatus> {
    const settings = { ...readSettings(this.environment), ...more };
    return reconcile(event, this.clients, this.booted.reader, settings);
  }

  private get booted() {
    if (!this.made) throw new Error('boot it first');
    return this.made;
  }
}
