/** Faults of the services, of workers and of instances, in a local cloud with real clients. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeTasksCommand, ECSClient, ListClustersCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { LocalCloudError } from '../../../../local/core/errors';
import type { Fault } from '../../../../local/core/faults';
import { failure } from '../../../support/failure';
import { until } from '../../../support/until';
import { bootFixture } from '../../support/fixture-stack';

const Bucket = 'fixture-000000000000';
const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
/** The function, whose credentials the tests use, may do everything. */
const resources = {
  aws_iam_role_policy: {
    function: {
      name: 'everything',
      role: '${aws_iam_role.function.name}',
      policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    },
  },
};

type Booted = Awaited<ReturnType<typeof bootFixture>>;

/** The configuration of a client that signs its requests as the role, and does not retry. */
async function visitorOf({ clientConfig }: Booted) {
  const invoke = new InvokeCommand({ FunctionName: 'provisioner' });
  const { Payload } = await new LambdaClient(clientConfig).send(invoke);
  const { credentials } = JSON.parse(Buffer.from(Payload ?? []).toString());
  return { ...clientConfig, credentials, maxAttempts: 1 };
}

describe('faults', () => {
  let cloud: Booted;
  let bucketFolder: string;
  let removals: (() => void)[] = [];

  const boot = async (options: Parameters<typeof bootFixture>[1] = {}) => {
    cloud = await bootFixture({ resources }, options);
    bucketFolder = cloud.bucketFolder;
  };
  const inject = (fault: Fault) => {
    const remove = cloud.faults.inject(fault);
    removals.push(remove);
    return remove;
  };
  afterEach(() => {
    for (const remove of removals) remove();
    removals = [];
  });

  describe('of requests', () => {
    let visitor: Awaited<ReturnType<typeof visitorOf>>;

    before(async () => {
      await boot({ faultSeed: 7 });
      visitor = await visitorOf(cloud);
    });
    after(() => cloud.close());

    const put = (Key: string, client: S3ClientConfig = visitor) =>
      new S3Client(client).send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const listClusters = () => new ECSClient(visitor).send(new ListClustersCommand({}));
    const calls: Record<string, () => Promise<unknown>> = {
      'ecs:ListClusters': listClusters,
      'autoscaling:DescribeAutoScalingGroups': () =>
        new AutoScalingClient(visitor).send(new DescribeAutoScalingGroupsCommand({})),
      'lambda:GetFunction': () =>
        new LambdaClient(visitor).send(new GetFunctionCommand({ FunctionName: 'provisioner' })),
      's3:PutObject': () => put('a'),
    };
    const throttling: Record<string, [string, number]> = {
      'ecs:ListClusters': ['ThrottlingException', 400],
      'autoscaling:DescribeAutoScalingGroups': ['Throttling', 400],
      'lambda:GetFunction': ['TooManyRequestsException', 429],
      's3:PutObject': ['SlowDown', 503],
    };
    const status = (error: Error) =>
      (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

    for (const [api, call] of Object.entries(calls)) {
      it(`throttles ${api} and makes it fail, as the service does`, async () => {
        const remove = inject({ effect: 'throttle', api });
        const throttled = await failure(call());
        expect([throttled.name, status(throttled)]).to.deep.equal(throttling[api]);
        remove();
        inject({ effect: 'error', api, count: 1 });
        expect(status(await failure(call()))).to.be.oneOf([500, 503]);
        await call();
      });

      it(`drops connections of ${api}, and loses its answers`, async () => {
        inject({ effect: 'drop', api, count: 1 });
        expect((await failure(call())).message).to.match(/socket hang up|ECONNRESET/);
        inject({ effect: 'lose', api, count: 1 });
        expect((await failure(call())).message).to.match(/socket hang up|ECONNRESET/);
        await call();
      });
    }

    it('drops before, and loses after the operation is carried out', async () => {
      inject({ effect: 'drop', api: 's3:PutObject', count: 1 });
      await failure(put('dropped'));
      expect(existsSync(join(bucketFolder, 'dropped'))).to.equal(false);
      inject({ effect: 'lose', api: 's3:PutObject', count: 1 });
      await failure(put('lost'));
      expect(existsSync(join(bucketFolder, 'lost'))).to.equal(true);
    });

    it('holds answers back until the fault is removed; the operation is carried out meanwhile', async () => {
      const release = inject({ effect: 'delay', api: 's3:*', seconds: 3600 });
      let answered = false;
      const delayed = put('delayed').then(() => {
        answered = true;
      });
      await until(() => existsSync(join(bucketFolder, 'delayed')), 'the object is there');
      await listClusters();
      expect(answered).to.equal(false);
      release();
      await delayed;
    });

    it('passes delayed answers on whole, also large ones and errors', async () => {
      const client = new S3Client(cloud.clientConfig);
      const content = 'abcdefgh'.repeat(500_000);
      await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body: content }));
      inject({ effect: 'delay', api: 's3:*', seconds: 0.01 });
      const reader = new S3Client(visitor);
      const { Body } = await reader.send(new GetObjectCommand({ Bucket, Key: 'large' }));
      expect((await Body?.transformToString()) === content).to.equal(true);
      const missing = await failure(reader.send(new GetObjectCommand({ Bucket, Key: 'nope' })));
      expect(missing.name).to.equal('NoSuchKey');
      expect(cloud.faults.injected()['delay s3:* 0.01s']).to.equal(2);
    });

    it('does not affect the user', async () => {
      inject({ effect: 'drop', api: '*' });
      await put('mine', { ...cloud.clientConfig, maxAttempts: 1 });
      await failure(put('theirs'));
    });

    it('distinguishes operations that one permission covers', async () => {
      await put('both');
      inject({ effect: 'error', api: 's3:GetObject' });
      const client = new S3Client(visitor);
      await client.send(new HeadObjectCommand({ Bucket, Key: 'both' }));
      await failure(client.send(new GetObjectCommand({ Bucket, Key: 'both' })));
    });

    it('spares the first requests, hits at most the given number, and counts', async () => {
      inject({ effect: 'throttle', api: 'ecs:List*', skip: 1, count: 2 });
      const outcomes: boolean[] = [];
      for (let call = 0; call < 5; call++) outcomes.push(await listClusters().then(...settled));
      expect(outcomes).to.deep.equal([true, false, false, true, true]);
      expect(cloud.faults.injected()['throttle ecs:List*']).to.equal(2);
    });

    it('starts at its time', async () => {
      inject({ effect: 'throttle', api: 'ecs:ListClusters', afterSeconds: 3600 });
      inject({ effect: 'throttle', api: 'ecs:ListClusters', forSeconds: 0 });
      await listClusters();
    });

    it('makes the same decisions with the same seed', async () => {
      const decisions = async (faultSeed: number) => {
        const faults: Fault[] = [{ effect: 'throttle', api: 'autoscaling:*', rate: 0.5 }];
        const other = await bootFixture({ resources }, { faultSeed, faults });
        try {
          const client = new AutoScalingClient(await visitorOf(other));
          const outcomes: boolean[] = [];
          for (let call = 0; call < 20; call++) {
            outcomes.push(await client.send(new DescribeAutoScalingGroupsCommand({})).then(...settled));
          }
          return outcomes;
        } finally {
          await other.close();
        }
      };
      const first = await decisions(1);
      expect(first).to.include(true).and.include(false);
      expect(await decisions(1)).to.deep.equal(first);
      expect(await decisions(2)).to.not.deep.equal(first);
    });

    it('names an API that the local cloud does not have, and those that it has', () => {
      const refused = (api: string) => () => cloud.faults.inject({ effect: 'drop', api });
      expect(refused('s3:PutObjekt'))
        .to.throw(LocalCloudError)
        .with.property('message')
        .that.matches(/no API s3:PutObjekt; of s3 it has .*s3:PutObject/);
      expect(refused('dynamodb:GetItem')).to.throw(/no API dynamodb:GetItem: give service:Operation.*states/);
    });
  });

  describe('of the fleet', () => {
    afterEach(() => cloud.close());

    const scale = (DesiredCapacity: number) =>
      new AutoScalingClient(cloud.clientConfig).send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName: 'group', DesiredCapacity }),
      );
    const stopped = async () => {
      const ecs = new ECSClient(cloud.clientConfig);
      const { taskArns: tasks = [] } = await ecs.send(
        new ListTasksCommand({ cluster: 'cluster', desiredStatus: 'STOPPED' }),
      );
      if (tasks.length === 0) return [];
      const found = await ecs.send(new DescribeTasksCommand({ cluster: 'cluster', tasks }));
      return (found.tasks ?? []).filter(({ lastStatus }) => lastStatus === 'STOPPED');
    };
    const running = (count: number) =>
      until(() => cloud.processes().length === count, `${count} workers run`);

    it('kills workers, which are replaced', async () => {
      await boot();
      await scale(2);
      await running(2);
      const remove = inject({ effect: 'kill', what: 'workers', everySeconds: 0.1 });
      const [killed] = await until(async () => {
        const found = await stopped();
        return found.length > 0 && found;
      }, 'a worker is killed');
      remove();
      expect(killed?.containers?.[0]?.exitCode).to.equal(137);
      expect(cloud.faults.injected()['kill workers every 0.1s']).to.be.at.least(1);
      await running(2);
    });

    it('interrupts instances as Spot does: their workers get SIGTERM, the group replaces them', async () => {
      const lines: string[] = [];
      await boot({ onLog: (_group, _stream, line) => lines.push(line) });
      await scale(1);
      await until(() => lines.length === 1, 'the worker listens for SIGTERM');
      const [before] = [...cloud.services.autoscaling.groups.values()].flatMap(({ instances }) => [
        ...instances.keys(),
      ]);
      const remove = inject({ effect: 'interrupt', what: 'instances', everySeconds: 0.1 });
      await until(() => lines.includes('SIGTERM'), 'it got SIGTERM');
      remove();
      await until(async () => (await stopped()).length > 0, 'it has stopped');
      await running(1);
      const instances = [...cloud.services.autoscaling.groups.values()].flatMap((fleet) => [
        ...fleet.instances.keys(),
      ]);
      expect(instances).to.have.length(1).and.not.include(before);
    });

    it('refuses instances and workers with the messages of EC2 and ECS, or with a given message', async () => {
      await boot({
        faults: [
          { effect: 'refuse', what: 'instances', skip: 1 },
          { effect: 'refuse', what: 'workers', count: 1 },
          { effect: 'refuse', what: 'workers', count: 1, reason: 'CannotStartContainerError: no' },
        ],
      });
      await scale(2);
      await running(1);
      const reasons = (await stopped()).map(({ stopCode, stoppedReason }) => `${stopCode} ${stoppedReason}`);
      expect(reasons.sort()).to.have.length(2);
      expect(reasons[0]).to.match(/^TaskFailedToStart CannotPullContainerError: .*worker:1/);
      expect(reasons[1]).to.equal('TaskFailedToStart CannotStartContainerError: no');
      const { Activities } = await new AutoScalingClient(cloud.clientConfig).send(
        new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'group' }),
      );
      const failed = Activities?.find(({ StatusCode }) => StatusCode === 'Failed');
      expect(failed?.StatusMessage).to.match(/do not have sufficient m6i\.large capacity/);
    });
  });
});

/** Whether a call succeeded. */
const settled = [() => true, () => false] as const;
