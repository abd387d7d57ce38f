import type { Instance } from '@aws-sdk/client-auto-scaling';
import { ECSClient } from '@aws-sdk/client-ecs';
import { expect } from 'chai';
import { readDraining } from '../../../runtime/provisioner/draining';
import { SilentServer } from '../support/silent-server';
import { at } from './tasks';

const instance = (InstanceId: string, LifecycleState = 'InService') =>
  ({ InstanceId, LifecycleState }) as Instance;
/** As ECS answers them: in seconds since the epoch. */
const seconds = (after: number) => at(after).getTime() / 1000;
const host = (ec2InstanceId: string | undefined, registered = 0) => ({
  containerInstanceArn: `arn-${ec2InstanceId}`,
  ec2InstanceId,
  registeredAt: seconds(registered),
});

describe('the instances that ECS drains', () => {
  let server: SilentServer;
  let ecs: ECSClient;
  beforeEach(async () => {
    server = await SilentServer.start();
    ecs = new ECSClient({ maxAttempts: 1 });
  });
  afterEach(() => {
    ecs.destroy();
    server.close();
  });
  const bodies = () => server.requests.map(({ body }) => JSON.parse(body));
  const found = async (instances: Instance[]) => {
    const draining = await readDraining(ecs, 'cluster', instances);
    return draining.map(({ instanceId, since, state }) => [instanceId, since.getTime() / 1000, state]);
  };

  it('are none after one request where none drains', async () => {
    server.reply(200, {});
    expect(await found([instance('i-0a')])).to.deep.equal([]);
    expect(bodies()).to.deep.equal([{ cluster: 'cluster', status: 'DRAINING' }]);
  });

  it('are none where none that drains is described any more', async () => {
    server.reply(200, { containerInstanceArns: ['gone'] });
    server.reply(200, {});
    expect(await found([instance('i-0a')])).to.deep.equal([]);
  });

  it('are those in service: neither one that the group ends, nor one that only the cluster remembers', async () => {
    server.reply(200, { containerInstanceArns: ['arn-i-0a', 'arn-i-0b'], nextToken: 'more' });
    server.reply(200, { containerInstances: [host('i-0a'), host('i-0b'), host(undefined)] });
    server.reply(200, { taskArns: [] });
    server.reply(200, { containerInstanceArns: ['arn-i-0c', 'arn-i-0d'] });
    server.reply(200, { containerInstances: [host('i-0c'), host('i-0d', 5)] });
    server.reply(200, {});
    const all = [instance('i-0a'), instance('i-0b', 'Terminating:Wait'), instance('i-0d')];
    expect(await found([...all, { LifecycleState: 'InService' } as Instance])).to.deep.equal([
      ['i-0a', seconds(0), 'draining'],
      ['i-0d', seconds(5), 'draining'],
    ]);
    const [, described, stopped, , later] = bodies();
    expect(described).to.deep.equal({ cluster: 'cluster', containerInstances: ['arn-i-0a', 'arn-i-0b'] });
    expect(stopped).to.deep.equal({
      cluster: 'cluster',
      containerInstance: 'arn-i-0a',
      desiredStatus: 'STOPPED',
    });
    expect(later.containerInstances).to.deep.equal(['arn-i-0c', 'arn-i-0d']);
  });

  const SINCE: [string, object[], number][] = [
    ['its worker was told to stop', [{ stoppingAt: seconds(20), stoppedAt: seconds(30) }], 20],
    ['its worker stopped by itself', [{ stoppedAt: seconds(30) }], 30],
    ['the last of its workers was told', [{ stoppingAt: seconds(20) }, { stoppingAt: seconds(15) }], 20],
    ['its worker does not tell, it was registered', [{}], 10],
    ['a worker of an earlier life was told, it was registered', [{ stoppingAt: seconds(5) }], 10],
  ];
  for (const [what, tasks, since] of SINCE) {
    it(`drain since ${what}`, async () => {
      server.reply(200, { containerInstanceArns: ['arn-i-0a'] });
      server.reply(200, { containerInstances: [host('i-0a', 10)] });
      server.reply(200, { taskArns: tasks.map((_, index) => `task-${index}`) });
      server.reply(200, { tasks });
      expect(await found([instance('i-0a')])).to.deep.equal([['i-0a', seconds(since), 'draining']]);
    });
  }
});
