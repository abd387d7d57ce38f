/** The provisioner's function against the local cloud's services: executions that only wait, a group, a cluster. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../../local/cloud';
import { ServiceError } from '../../../local/service';
import type { FleetStatus, ProvisionerEvent } from '../../../runtime/contract';
import { type Clients, reconcile } from '../../../runtime/provisioner/reconcile';
import { readSettings, type Settings } from '../../../runtime/provisioner/settings';
import { bootFixture, REGION } from '../../local/support/fixture-stack';
import { failure, until } from '../../local/support/until';
import { Hold } from '../../support/hold';
import { serviceEnvironment, setEnvironment } from '../support/environment';
import { captureLines } from '../support/lines';

const WAITS = {
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
};

const ENVIRONMENT = {
  AUTO_SCALING_GROUP_NAME: 'group',
  CLUSTER_NAME: 'cluster',
  SERVICE_NAME: 'workers',
  MAX_WORKERS: '6',
  PROVISION_TIMEOUT_SECONDS: '60',
  PROVISION_POLL_SECONDS: '0.1',
};

describe('reconciling', () => {
  const lines = captureLines();
  let cloud: Awaited<ReturnType<typeof bootFixture>>;
  let clients: Clients;
  let settings: Settings;
  /** What the next ListExecutions is answered with; undefined: what runs. */
  let stale: object | undefined;
  let intercept: NonNullable<LocalCloudOptions['intercept']>;
  /** Actions that were carried out, in order. */
  let actions: string[];

  const boot = async (options: Partial<LocalCloudOptions> = {}) => {
    stale = undefined;
    intercept = () => undefined;
    actions = [];
    cloud = await bootFixture(
      {},
      {
        intercept: (handle) => (handle.action === 'ListExecutions' && stale) || intercept(handle),
        onRequest: ({ action }) => actions.push(action),
        ...options,
      },
    );
    const { clientConfig: client } = cloud;
    clients = {
      sfn: new SFNClient(client),
      autoScaling: new AutoScalingClient(client),
      ecs: new ECSClient(client),
    };
    const machine = new CreateStateMachineCommand({
      name: 'machine',
      definition: JSON.stringify(WAITS),
      roleArn: 'arn:aws:iam::000000000000:role/function',
    });
    const { stateMachineArn } = await clients.sfn.send(machine);
    settings = readSettings({ STATE_MACHINE_ARN: stateMachineArn, ...ENVIRONMENT });
  };
  afterEach(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await cloud.close();
  });

  const start = async (worker_count: number): Promise<string> => {
    const { STATE_MACHINE_ARN: stateMachineArn } = settings;
    const input = JSON.stringify({ worker_count });
    const { executionArn = '' } = await clients.sfn.send(
      new StartExecutionCommand({ stateMachineArn, input }),
    );
    return executionArn;
  };
  const stop = (executionArn: string) => clients.sfn.send(new StopExecutionCommand({ executionArn }));
  const told = (event: ProvisionerEvent, more: Partial<Settings> = {}): Promise<FleetStatus> =>
    reconcile(event, clients, { ...settings, ...more });
  const provision = (execution_arn: string, worker_count: number): ProvisionerEvent => ({
    action: 'provision',
    execution_arn,
    redrive_count: 0,
    worker_count,
    started_at: new Date().toISOString(),
  });
  const about = (action: 'deprovision' | 'resume', execution_arn: string): ProvisionerEvent => ({
    action,
    execution_arn,
    redrive_count: 0,
  });
  const SCHEDULE: ProvisionerEvent = { action: 'reconcile' };
  const group = () => {
    const [fleet] = cloud.compute.autoScalingGroups.values();
    if (!fleet) throw new Error('the fixture has a group');
    return fleet;
  };

  it('provisions an execution: the answer is ready when a worker runs and stays', async () => {
    await boot();
    const executionArn = await start(2);
    const event = provision(executionArn, 2);
    const status = await told(event);
    expect(status).to.deep.equal({
      needed: 2,
      desired: 2,
      in_service: 0,
      running: 0,
      reason: '',
      ready: false,
    });
    expect(lines.map(({ message, from, to }) => [message, from, to])).to.deep.equal([
      ['Fleet resized', 0, 2],
    ]);
    await until(async () => (await told(event)).ready, 'a worker runs');
    await until(async () => (await told(event)).running === 2, 'both run');
    expect(await told(event)).to.deep.equal({ ...status, in_service: 2, running: 2, ready: true });
  });

  it('adds up executions, also more than are described at a time, and takes back what has ended', async () => {
    await boot();
    const executions = await Promise.all(Array.from({ length: 12 }, () => start(1)));
    expect(await told(SCHEDULE)).to.deep.include({ needed: 12, desired: 5 });
    for (const executionArn of executions.slice(3)) await stop(executionArn);
    expect(await told(SCHEDULE)).to.deep.include({ needed: 3, desired: 3 });
    for (const executionArn of executions.slice(0, 3)) await stop(executionArn);
    expect(await told(SCHEDULE)).to.deep.include({ needed: 0, desired: 0 });
  });

  it('sets nothing where nothing is to be set', async () => {
    await boot();
    await told(SCHEDULE);
    expect(actions).not.to.include('SetDesiredCapacity');
    expect(actions.filter((action) => action === 'ListExecutions')).to.have.length(1);
  });

  it('is not ready before the execution is listed, though workers run', async () => {
    await boot();
    const executionArn = await start(1);
    await until(async () => (await told(provision(executionArn, 1))).ready, 'a worker runs');
    stale = { executions: [] };
    expect(await told(provision(executionArn, 1))).to.include({ desired: 1, ready: false });
    stale = undefined;
    expect(await told(provision(executionArn, 1))).to.include({ ready: true });
  });

  it('provisions an execution that Step Functions does not show at all yet', async () => {
    await boot();
    const executionArn = `${(await start(1)).slice(0, -1)}-unknown`;
    expect(await told(provision(executionArn, 2))).to.include({ needed: 3, desired: 3, ready: false });
  });

  it('gives a redriven execution its workers again', async () => {
    await boot();
    const executionArn = await start(2);
    stale = { executions: [] };
    const status = await told(about('resume', executionArn));
    expect(status).to.include({ needed: 2, desired: 2 }).and.not.have.property('ready');
  });

  it('takes away what an execution had, and never more, though the list is stale', async () => {
    await boot();
    const leaving = await start(1);
    await start(2);
    expect(await told(SCHEDULE)).to.include({ desired: 3 });
    stale = { executions: [] };
    const status = await told({ ...about('deprovision', leaving), worker_count: 1 } as ProvisionerEvent);
    // As the execution leaves it.
    expect(status).to.include({ needed: 1, desired: 3 });
    expect(group().desired).to.equal(2);
  });

  it('checks a size that it has set: of two that start in the same second, the last one has seen both', async () => {
    await boot();
    const hold = new Hold(({ action }) => action === 'SetDesiredCapacity');
    intercept = (handle) => hold.intercept(handle);
    const first = await start(1);
    const setting = told(provision(first, 1));
    await hold.reached;
    const second = await start(2);
    expect(await told(provision(second, 2))).to.include({ desired: 3 });
    hold.release();
    expect(await setting).to.include({ needed: 3, desired: 3 });
    expect(group().desired).to.equal(3);
  });

  it('takes back what it set for an execution that ends meanwhile', async () => {
    await boot();
    const hold = new Hold(({ action }) => action === 'SetDesiredCapacity');
    intercept = (handle) => hold.intercept(handle);
    const executionArn = await start(2);
    const setting = told(provision(executionArn, 2));
    await hold.reached;
    await stop(executionArn);
    expect(await told(about('deprovision', executionArn))).to.include({ desired: 0 });
    hold.release();
    expect(await setting).to.include({ needed: 0, desired: 0 });
    expect(group().desired).to.equal(0);
  });

  it('gives up checking where others set another size again and again', async () => {
    await boot({
      async interceptResponse({ action, caller }) {
        // Whoever sets the size finds it gone when it looks again.
        if (action === 'SetDesiredCapacity' && caller) group().setDesired(0, 'a test');
      },
    });
    await start(2);
    expect(await told(SCHEDULE)).to.include({ desired: 2 });
    expect(actions.filter((action) => action === 'SetDesiredCapacity')).to.have.length(5);
  });

  it('says in the group’s own words why instances are missing, or that there can be no more', async () => {
    await boot({ faults: [{ effect: 'refuse', what: 'instances', reason: 'no capacity' }] });
    await start(2);
    await told(SCHEDULE);
    await until(async () => (await told(SCHEDULE)).reason === 'no capacity', 'the launch failed');
    await start(3);
    expect(await told(SCHEDULE, { MAX_WORKERS: 4 })).to.include({ desired: 4, reason: 'no capacity' });
  });

  it('fails an execution whose workers cannot start', async () => {
    await boot({ faults: [{ effect: 'refuse', what: 'workers' }] });
    const event = provision(await start(1), 1);
    const stopped = async () => {
      try {
        await told(event);
        return undefined;
      } catch (error) {
        return error as Error;
      }
    };
    const error = await until(stopped, 'three workers failed');
    expect(error).to.include({ name: 'WorkersCannotStart' });
    expect(error.message).to.match(/^CannotPullContainerError/);
  });

  it('stops executions whose workers cannot start any more, and no others', async () => {
    await boot({ faults: [{ effect: 'refuse', what: 'workers' }] });
    const executionArn = await start(1);
    const status = async () => clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
    const stopped = async () => {
      await told(SCHEDULE);
      expect((await status()).status).to.equal('RUNNING');
      const tasks = [...cloud.compute.clusters].flatMap((cluster) => [...cluster.tasks.values()]);
      return tasks.filter(({ stopCode }) => stopCode === 'TaskFailedToStart').length >= 3;
    };
    await until(stopped, 'three workers failed');
    await told(SCHEDULE, { PROVISION_TIMEOUT_SECONDS: 0.001 });
    expect(await status()).to.include({ status: 'ABORTED', error: 'WorkersCannotStart' });
    expect((await status()).cause).to.match(/^CannotPullContainerError/);
    const line = { message: 'Execution stopped', level: 'error', execution_arn: executionArn };
    expect(lines.at(-1)).to.include(line);
  });

  it('fails where an execution cannot be read', async () => {
    await boot();
    await start(1);
    intercept = ({ action }) => {
      if (action === 'DescribeExecution') throw new ServiceError('AccessDeniedException', 'no');
    };
    expect(await failure(told(SCHEDULE))).to.include({ name: 'AccessDeniedException' });
  });

  it('names a group or a service that is not there', async () => {
    await boot();
    const missing = async (more: Partial<Settings>) => (await failure(told(SCHEDULE, more))).message;
    expect(await missing({ AUTO_SCALING_GROUP_NAME: 'gone' })).to.equal(
      'There is no Auto Scaling group gone',
    );
    expect(await missing({ SERVICE_NAME: 'gone' })).to.equal(
      'There is no ECS service gone in the cluster cluster',
    );
  });

  it('is the function that Lambda calls', async () => {
    await boot();
    await start(1);
    const { endpoint, credentials } = cloud;
    const { STATE_MACHINE_ARN } = settings;
    const variables = { STATE_MACHINE_ARN, ...ENVIRONMENT, ...serviceEnvironment(endpoint, credentials) };
    const restore = setEnvironment({ ...variables, AWS_REGION: REGION });
    try {
      const {
        handler,
      }: typeof import('../../../runtime/provisioner') = require('../../../runtime/provisioner');
      const fleet = await handler(SCHEDULE);
      expect(fleet).to.include({ needed: 1, desired: 1 });
      expect(lines.at(-1)).to.deep.include({ message: 'Fleet reconciled', event: SCHEDULE, fleet });
    } finally {
      restore();
    }
  });
});
