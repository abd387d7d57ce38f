import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'chai';
import { failure } from '../../support/failure';
import { isGone } from '../../support/processes';
import { until } from '../../support/until';
import { bootFixture, type FixtureOptions } from '../support/fixture-stack';

type Booted = Awaited<ReturnType<typeof bootFixture>>;

describe('the fleet and the cluster', () => {
  let cloud: Booted;
  let autoScaling: AutoScalingClient;
  let ecs: ECSClient;
  const lines: string[] = [];

  async function boot(
    stack: FixtureOptions = {},
    options: Parameters<typeof bootFixture>[1] = {},
  ): Promise<void> {
    lines.length = 0;
    cloud = await bootFixture(stack, { onLog: (_group, _stream, line) => lines.push(line), ...options });
    autoScaling = new AutoScalingClient(cloud.clientConfig);
    ecs = new ECSClient(cloud.clientConfig);
  }
  afterEach(() => cloud.close());

  const scale = (DesiredCapacity: number) =>
    autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'group', DesiredCapacity }));
  const group = async () => {
    const { AutoScalingGroups } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    return AutoScalingGroups?.[0];
  };
  const service = async () => {
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: 'cluster', services: ['workers'] }),
    );
    return services?.[0];
  };
  const tasks = async (desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING') => {
    const { taskArns = [] } = await ecs.send(
      new ListTasksCommand({ cluster: 'cluster', serviceName: 'workers', desiredStatus }),
    );
    if (taskArns.length === 0) return [];
    return (await ecs.send(new DescribeTasksCommand({ cluster: 'cluster', tasks: taskArns }))).tasks ?? [];
  };
  const runningTasks = (count: number) =>
    until(async () => {
      const all = await tasks();
      return all.filter(({ lastStatus }) => lastStatus === 'RUNNING').length === count && all;
    }, `${count} tasks run`);
  const firstStopped = () =>
    until(
      async () => (await tasks('STOPPED')).find(({ lastStatus }) => lastStatus === 'STOPPED'),
      'a task has stopped',
    );

  it('runs one task on each instance, and none when the group is back at zero', async () => {
    await boot();
    await scale(3);
    await runningTasks(3);
    const { Instances, DesiredCapacity } = (await group()) ?? {};
    expect(DesiredCapacity).to.equal(3);
    expect(Instances?.map(({ LifecycleState }) => LifecycleState)).to.deep.equal(Array(3).fill('InService'));
    const instances = (await tasks()).map(({ containerInstanceArn }) => containerInstanceArn);
    expect(new Set(instances).size).to.equal(3);
    expect(cloud.processes()).to.have.length(3);
    const { runningCount, desiredCount, events } = (await service()) ?? {};
    expect([runningCount, desiredCount]).to.deep.equal([3, 3]);
    expect(events?.some(({ message }) => message?.includes('has started 1 tasks'))).to.equal(true);

    await until(() => lines.length === 3, 'the workers listen for SIGTERM');
    await scale(0);
    await until(async () => (await group())?.Instances?.length === 0, 'the instances are gone');
    const stopped = await tasks('STOPPED');
    expect(stopped).to.have.length(3);
    for (const { stopCode, stoppedReason, containers } of stopped) {
      expect(stopCode).to.equal('ServiceSchedulerInitiated');
      expect(stoppedReason).to.match(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/);
      expect(containers?.[0]?.exitCode).to.equal(0);
    }
    expect(cloud.processes()).to.deep.equal([]);
    const { Activities } = await autoScaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'group' }),
    );
    expect(Activities?.filter(({ Description }) => Description?.startsWith('Terminating'))).to.have.length(3);
    expect(Activities?.every(({ StatusCode }) => StatusCode === 'Successful')).to.equal(true);
  });

  it("keeps the group within its limits, with AWS's errors", async () => {
    await boot();
    const above = await failure(scale(6));
    expect([above.name, above.message]).to.deep.equal([
      'ValidationError',
      'New SetDesiredCapacity value 6 is above max value 5 for the AutoScalingGroup.',
    ]);
    expect((await failure(scale(-1))).message).to.contain('below min value 0');
    const missing = new SetDesiredCapacityCommand({ AutoScalingGroupName: 'nope', DesiredCapacity: 1 });
    expect((await failure(autoScaling.send(missing))).message).to.contain('name not found');
  });

  it("says why instances are not launched, with EC2's messages", async () => {
    const reason = 'We currently do not have sufficient m6i.large capacity. Launching EC2 instance failed.';
    await boot({}, { faults: [{ effect: 'refuse', what: 'instances', skip: 1, reason }] });
    await scale(3);
    await runningTasks(1);
    const { Activities } = await autoScaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'group' }),
    );
    const failed = Activities?.find(({ StatusCode }) => StatusCode === 'Failed');
    expect(failed?.StatusMessage).to.equal(reason);
    expect((await group())?.Instances).to.have.length(1);
  });

  it('replaces a task that dies, and an instance that is terminated', async () => {
    await boot();
    await scale(1);
    const [task] = await runningTasks(1);
    process.kill(Number(task?.containers?.[0]?.runtimeId), 'SIGKILL');
    const stopped = await firstStopped();
    expect(stopped).to.deep.include({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    expect(stopped.containers?.[0]?.exitCode).to.equal(137);
    const [second] = await runningTasks(1);
    expect(second?.taskArn).to.not.equal(task?.taskArn);

    const [instance] = (await group())?.Instances ?? [];
    const [fleet] = cloud.services.autoscaling.groups.values();
    const taken = fleet?.instances.get(instance?.InstanceId ?? '');
    if (taken)
      void fleet?.terminate(taken, 'an instance was taken out of service in response to a user request');
    await until(async () => {
      const [other] = (await group())?.Instances ?? [];
      return other?.LifecycleState === 'InService' && other.InstanceId !== instance?.InstanceId;
    }, 'another instance is in service');
    await runningTasks(1);
  });

  it('ends the task of an instance that fails, and launches another', async () => {
    await boot();
    await scale(1);
    await runningTasks(1);
    const [fleet] = cloud.services.autoscaling.groups.values();
    const [instance] = fleet?.instances.values() ?? [];
    if (!fleet || !instance) throw new Error('There is no instance.');
    fleet.lose(instance);
    const { stopCode, stoppedReason } = await firstStopped();
    expect(stopCode).to.equal('TerminationNotice');
    expect(stoppedReason).to.equal(`Host EC2 (instance ${instance.id}) terminated.`);
    await runningTasks(1);
  });

  /** Scales in while the only task ignores SIGTERM, until its stop timeout. */
  const drain = async (stopTimeout: number) => {
    await boot({ container: { stopTimeout } }, { workerEnvironment: { IGNORE_SIGTERM: 'yes' } });
    await scale(1);
    const tasks = await runningTasks(1);
    await until(() => lines.length > 0, 'the worker listens');
    await scale(0);
    return tasks;
  };

  it('drains an instance that leaves', async () => {
    const [task] = await drain(3600);
    const list = async (status?: 'ACTIVE' | 'DRAINING') =>
      (await ecs.send(new ListContainerInstancesCommand({ cluster: 'cluster', status })))
        .containerInstanceArns;
    const containerInstanceArns = await list();
    expect(await list('DRAINING')).to.deep.equal(containerInstanceArns);
    expect(await list('ACTIVE')).to.deep.equal([]);
    const { containerInstances } = await ecs.send(
      new DescribeContainerInstancesCommand({
        cluster: 'cluster',
        containerInstances: containerInstanceArns,
      }),
    );
    expect(containerInstances?.map(({ status }) => status)).to.deep.equal(['DRAINING']);
    expect((await service())?.desiredCount).to.equal(0);
    await until(() => lines.includes('SIGTERM'), 'the worker hears the signal');
    process.kill(Number(task?.containers?.[0]?.runtimeId), 'SIGKILL');
    const { stopCode, stoppedReason } = await firstStopped();
    expect(stopCode).to.equal('ServiceSchedulerInitiated');
    expect(stoppedReason).to.match(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/);
  });

  it('kills a task that ignores SIGTERM after its stop timeout', async () => {
    await drain(1);
    expect((await firstStopped()).containers?.[0]?.exitCode).to.equal(137);
  });

  for (const [what, container, stopCode, reason] of [
    [
      'the image does not exist',
      { image: 'nowhere/nothing:1' },
      'TaskFailedToStart',
      /^CannotPullContainerError: .*nowhere\/nothing:1: not found$/,
    ],
    [
      'the command does not exist',
      { command: ['no-such-program'] },
      'TaskFailedToStart',
      /^CannotStartContainerError: .*exec: "no-such-program": executable file not found in \$PATH/,
    ],
    [
      'it exits at once',
      { environment: [{ name: 'EXIT_CODE', value: '3' }] },
      'EssentialContainerExited',
      /^Essential container in task exited$/,
    ],
  ] as const) {
    it(`says why a task does not start, with ECS's messages: ${what}`, async () => {
      await boot({ container });
      await scale(1);
      const stopped = await firstStopped();
      expect(stopped.stopCode).to.equal(stopCode);
      expect(stopped.stoppedReason).to.match(reason);
      await until(
        async () =>
          (await service())?.events?.some(({ message }) => message?.includes('unable to consistently start')),
        'the service says so',
      );
    });
  }

  it('kills a container that takes more than its memory', async function () {
    if (process.platform !== 'linux') {
      console.log('      Memory is limited on Linux only: skipped.');
      return this.skip();
    }
    await boot({ container: { memory: 150, environment: [{ name: 'MEMORY_MIB', value: '200' }] } });
    await scale(1);
    const { containers, stopCode } = await firstStopped();
    expect(stopCode).to.equal('EssentialContainerExited');
    expect(containers?.[0]).to.deep.include({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
  });

  it("gives a task its definition's environment, its role's credentials and its metadata, and nothing else", async () => {
    await boot({}, { workerEnvironment: { ADDED: 'yes' } });
    await scale(1);
    const [task] = await runningTasks(1);
    const line = await until(() => lines.find((each) => each.startsWith('{')), 'the worker has logged');
    const { environment, send, metadata: uri, credentials } = JSON.parse(line);
    expect(send).to.equal('undefined');
    expect(environment).to.deep.equal([
      'ADDED',
      'AWS_CONFIG_FILE',
      'AWS_CONTAINER_AUTHORIZATION_TOKEN',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_ENDPOINT_URL',
      'AWS_EXECUTION_ENV',
      'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
      'AWS_SHARED_CREDENTIALS_FILE',
      'ECS_CONTAINER_METADATA_URI_V4',
      'GREETING',
      'HOME',
      'PATH',
      'TMPDIR',
    ]);
    const id = task?.taskArn?.split('/').at(-1);
    const metadata = await (await fetch(`${uri}/task`)).json();
    expect(metadata).to.deep.include({ TaskARN: task?.taskArn, Family: 'worker' });
    const [credentialsUri, token] = credentials as [string, string];
    for (const authorization of ['', `${token}x`, `${token.slice(0, -1)}ü`]) {
      expect((await fetch(credentialsUri, { headers: { authorization } })).status).to.equal(403);
    }
    // A client that may describe the task does not know the path of its credentials.
    const guessed = `${cloud.endpoint}/_ecs/${id}/metadata/task`;
    expect((await fetch(guessed, { headers: { authorization: token } })).status).to.equal(404);

    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/fixture/worker' }));
    expect(events?.[0]?.logStreamName).to.equal(`worker/worker/${id}`);
  });

  it("lets a task do what its role's policy allows", async () => {
    await boot();
    await scale(1);
    const line = await until(() => lines.find((each) => each.startsWith('{')), 'the worker has logged');
    const [uri, token] = JSON.parse(line).credentials as [string, string];
    const answer = (await (await fetch(uri, { headers: { authorization: token } })).json()) as Record<
      string,
      string
    >;
    const credentials = {
      accessKeyId: answer.AccessKeyId ?? '',
      secretAccessKey: answer.SecretAccessKey ?? '',
      sessionToken: answer.Token,
    };
    const identity = await new STSClient({ ...cloud.clientConfig, credentials }).send(
      new GetCallerIdentityCommand({}),
    );
    const [task] = await runningTasks(1);
    expect(identity.Arn).to.equal(
      `arn:aws:sts::000000000000:assumed-role/worker/${task?.taskArn?.split('/').at(-1)}`,
    );
    const s3 = new S3Client({ ...cloud.clientConfig, credentials });
    const get = (Key: string) =>
      failure(s3.send(new GetObjectCommand({ Bucket: 'fixture-000000000000', Key })));
    expect((await get('other/x')).message).to.contain('is not authorized to perform: s3:GetObject');
    // The role may read, but not list. S3 does not say to such a caller that the key is missing.
    expect((await get('input/x')).name).to.equal('AccessDenied');
    const denied = await failure(
      new ECSClient({ ...cloud.clientConfig, credentials }).send(new DescribeClustersCommand({})),
    );
    expect(denied.name).to.equal('AccessDeniedException');
  });

  it('refuses names that do not exist, and operations that are not implemented', async () => {
    await boot();
    expect((await failure(ecs.send(new ListTasksCommand({ cluster: 'nope' })))).name).to.equal(
      'ClusterNotFoundException',
    );
    const absent = new ListTasksCommand({ cluster: 'cluster', serviceName: 'nope' });
    expect((await failure(ecs.send(absent))).name).to.equal('ServiceNotFoundException');
    const { failures } = await ecs.send(
      new DescribeServicesCommand({ cluster: 'cluster', services: ['nope'] }),
    );
    expect(failures?.[0]?.reason).to.equal('MISSING');
    const definition = new DescribeTaskDefinitionCommand({ taskDefinition: 'worker:1' });
    expect((await failure(ecs.send(definition))).message).to.contain('DescribeTaskDefinition');
  });

  it('leaves no process when it closes', async () => {
    await boot({}, { workerEnvironment: { IGNORE_SIGTERM: 'yes' } });
    await scale(2);
    await runningTasks(2);
    const pids = cloud.processes();
    await cloud.close();
    expect(pids).to.have.length(2);
    expect(pids.every(isGone)).to.equal(true);
  });
});
