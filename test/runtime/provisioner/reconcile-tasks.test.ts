/**
 * How the provisioner reads worker tasks. The group and the executions are those of the local cloud. The test sets the answers of ECS and
 * CloudWatch Logs about the workers, so that no worker has to run.
 */
import { mock } from 'node:test';
import timers from 'node:timers/promises';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { failure } from '../../support/failure';
import { until } from '../../support/until';
import { startJsonService } from '../support/json-service';
import { captureLines } from '../support/lines';
import { ProvisionerCloud, provision, SCHEDULE } from '../support/provisioner-cloud';

const secondsAgo = (seconds: number) => Date.now() / 1000 - seconds;
const running = (startedAt: number) => ({ taskArn: 'task/cluster/run', lastStatus: 'RUNNING', startedAt });
const exited = (id: number) => ({
  taskArn: `task/cluster/${id}`,
  stopCode: 'EssentialContainerExited',
  createdAt: secondsAgo(0) + 1,
  startedAt: secondsAgo(0) + 2,
  stoppedAt: secondsAgo(0) + 2 + id,
  stoppedReason: 'Essential container in task exited',
  containers: [{ exitCode: id }],
});
const CAUSE =
  'Essential container in task exited; exit code 3. The worker wrote:\n' +
  'Worker cannot work: AccessDeniedException\nbye';
const WRITTEN = [
  {
    message: JSON.stringify({
      level: 'error',
      message: 'Worker cannot work',
      error: 'AccessDeniedException',
    }),
  },
  { message: 'bye' },
];

describe('reconciling with answers about workers', () => {
  const lines = captureLines();
  let provisioner: ProvisionerCloud;
  let executionArn: string;
  let tasks: { running: object[]; stopped: object[] };
  let written: object;
  let service: Awaited<ReturnType<typeof startJsonService>>;
  let draining: object[];
  beforeEach(async () => {
    provisioner = new ProvisionerCloud();
    tasks = { running: [], stopped: [] };
    written = { events: WRITTEN };
    draining = [];
    service = await startJsonService({
      DescribeServices: () => ({ services: [{ runningCount: tasks.running.length }] }),
      ListTasks: ({ containerInstance, desiredStatus, serviceName }) => ({
        taskArns: !containerInstance && serviceName === 'workers' ? [desiredStatus] : [],
      }),
      DescribeTasks: ({ tasks: [status] }) => ({
        tasks: status === 'RUNNING' ? tasks.running : tasks.stopped,
      }),
      GetLogEvents: () => written,
      ListContainerInstances: () => ({ containerInstanceArns: draining.map(() => 'host') }),
      DescribeContainerInstances: () => ({ containerInstances: draining }),
    });
    await provisioner.boot({ faults: [{ effect: 'refuse', what: 'workers' }] });
    const { clients } = provisioner;
    for (const client of [clients.ecs, clients.logs]) client.destroy();
    clients.ecs = new ECSClient(service.clientConfig);
    clients.logs = new CloudWatchLogsClient(service.clientConfig);
    executionArn = await provisioner.start(1);
    await provisioner.reconcile(provision(executionArn, 1));
    await until(
      () =>
        [...provisioner.group.instances.values()].every(
          ({ lifecycleState }) => lifecycleState === 'InService',
        ),
      'the instance is in service',
    );
    // Time stands still: on a busy machine a worker would have run for a while, or ended before the execution.
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
  });
  afterEach(async () => {
    mock.timers.reset();
    mock.reset();
    await provisioner.close();
    service.close();
  });
  const status = async () => {
    const { status, error, cause } = await provisioner.clients.sfn.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    return { status, error, cause };
  };

  it('is ready once a worker has run for a while and the execution is listed', async () => {
    tasks.running = [running(secondsAgo(0))];
    const event = { ...provision(executionArn, 1), started_at: new Date(Date.now() - 40_000).toISOString() };
    expect(await provisioner.reconcile(event)).to.include({ running: 1, in_service: 1, ready: false });
    tasks.running = [running(secondsAgo(30))];
    expect(await provisioner.reconcile(event)).to.include({ running: 1, in_service: 1, ready: true });
    provisioner.stale = { executions: [] };
    expect(await provisioner.reconcile(event)).to.include({ ready: false });
  });

  describe('while a worker is about to have run for two seconds', () => {
    /** Milliseconds for which the worker has run, milliseconds of each wait, whether the worker runs then, and the answer. */
    const RUNS: [number, number[], boolean, boolean][] = [
      [2000, [], true, true],
      [1999, [1], true, true],
      [1000, [1000], true, true],
      [1000, [1000], false, false],
      [999, [], true, false],
    ];
    for (const [ran, waits, stays, ready] of RUNS) {
      const then = waits.length > 0 && !stays ? ', and the worker stops then' : '';
      it(`waits ${waits[0] ?? 0} ms after ${ran} ms${then}: ${ready ? 'ready' : 'not yet'}`, async () => {
        // The times of ECS are exact in whole seconds.
        const since = Math.floor(Date.now() / 1000);
        const now = since * 1000 + ran;
        mock.timers.setTime(now);
        const waited: number[] = [];
        mock.method(timers, 'setTimeout', async (milliseconds: number) => {
          waited.push(Math.round(milliseconds));
          mock.timers.setTime(now + Math.ceil(milliseconds));
          if (!stays) tasks.running = [];
        });
        tasks.running = [running(since)];
        const event = { ...provision(executionArn, 1), started_at: new Date(now - 10_000).toISOString() };
        const fleet = await provisioner.reconcile(event, { PROVISION_POLL_SECONDS: 4 });
        expect(fleet).to.include({ ready });
        expect(waited).to.deep.equal(waits);
      });
    }
  });

  it('is not ready while a worker that runs is not yet described', async () => {
    tasks.running = [{ taskArn: 'task/cluster/run', lastStatus: 'PENDING' }];
    expect(await provisioner.reconcile(provision(executionArn, 1))).to.include({ running: 1, ready: false });
  });

  it('fails an execution whose workers end at once, with the last lines of the last one', async () => {
    tasks.stopped = [exited(1), exited(2)];
    expect(await provisioner.reconcile(provision(executionArn, 1))).to.include({ ready: false });
    tasks.stopped.push(exited(3));
    const error = await failure(provisioner.reconcile(provision(executionArn, 1)));
    expect(error).to.include({ name: 'WorkersCannotStart', message: CAUSE });
    written = { events: [] };
    expect(await failure(provisioner.reconcile(provision(executionArn, 1)))).to.include({
      message: 'Essential container in task exited; exit code 3',
    });
  });

  it('fails an execution whose workers cannot be started with only the message of ECS: they wrote nothing', async () => {
    tasks.stopped = [1, 2, 3].map((id) => ({
      taskArn: `task/cluster/${id}`,
      stopCode: 'TaskFailedToStart',
      createdAt: secondsAgo(0) + id,
      stoppedAt: secondsAgo(0) + id,
      stoppedReason: 'CannotPullContainerError',
    }));
    const error = await failure(provisioner.reconcile(provision(executionArn, 1)));
    expect(error).to.include({ name: 'WorkersCannotStart', message: 'CannotPullContainerError' });
  });

  it('stops an execution whose workers cannot start any more, with the message of the last one', async () => {
    tasks.stopped = [exited(1), exited(2), exited(3)];
    await provisioner.reconcile(SCHEDULE);
    expect(await status()).to.include({ status: 'RUNNING' });
    // While a worker runs, others may fail.
    tasks.running = [running(secondsAgo(0))];
    await provisioner.reconcile(SCHEDULE, { PROVISION_TIMEOUT_SECONDS: -60 });
    expect(await status()).to.include({ status: 'RUNNING' });
    tasks.running = [];
    await provisioner.reconcile(SCHEDULE, { PROVISION_TIMEOUT_SECONDS: -60 });
    expect(await status()).to.deep.equal({ status: 'ABORTED', error: 'WorkersCannotStart', cause: CAUSE });
    expect(lines.at(-1)).to.include({
      level: 'error',
      message: 'Execution stopped',
      execution_arn: executionArn,
      error: 'WorkersCannotStart',
      cause: CAUSE,
    });
  });

  it('reports idle instances, and those that do not end', async () => {
    const [{ id = '' } = {}] = provisioner.group.instances.values();
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ idle: 1, stuck: [] });
    expect(lines.map(({ message }) => message)).not.to.include('Instances do not end');
    tasks.running = [running(secondsAgo(0))];
    const registeredAt = Math.floor(secondsAgo(3600));
    draining = [{ containerInstanceArn: 'host', ec2InstanceId: id, registeredAt }];
    const since = new Date(registeredAt * 1000).toISOString();
    const stuck = [{ instance_id: id, state: 'draining', since }];
    expect(await provisioner.reconcile(SCHEDULE)).to.deep.include({ idle: 0, stuck });
    expect(lines.at(-1)).to.deep.include({
      level: 'warn',
      message: 'Instances do not end',
      instances: stuck,
    });
  });
});
