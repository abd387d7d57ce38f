import type { Instance } from '@aws-sdk/client-auto-scaling';
import { expect } from 'chai';
import { readDraining } from '../../../runtime/provisioner/draining';
import { useSilentEcs } from '../support/silent-ecs';
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
  const used = useSilentEcs();
  const bodies = () => used.server.requests.map(({ body }) => JSON.parse(body));
  const found = async (instances: Instance[]) => {
    const draining = await readDraining(used.ecs, 'cluster', instances);
    return draining.map(({ instanceId, since, state }) => [instanceId, since.getTime() / 1000, state]);
  };

  it('are none after one request if no instance drains', async () => {
    used.server.reply(200, {});
    expect(await found([instance('i-0a')])).to.deep.equal([]);
    expect(bodies()).to.deep.equal([{ cluster: 'cluster', status: 'DRAINING' }]);
  });

  it('are none if ECS no longer describes those that drain', async () => {
    used.server.reply(200, { containerInstanceArns: ['gone'] });
    used.server.reply(200, {});
    expect(await found([instance('i-0a')])).to.deep.equal([]);
  });

  it('are only those in service: neither one that the group terminates, nor one that only the cluster still lists', async () => {
    used.server.reply(200, { containerInstanceArns: ['arn-i-0a', 'arn-i-0b'], nextToken: 'more' });
    used.server.reply(200, { containerInstances: [host('i-0a'), host('i-0b'), host(undefined)] });
    used.server.reply(200, { taskArns: [] });
    used.server.reply(200, { containerInstanceArns: ['arn-i-0c', 'arn-i-0d'] });
    used.server.reply(200, { containerInstances: [host('i-0c'), host('i-0d', 5)] });
    used.server.reply(200, {});
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
    ['it was registered, if its worker does not say', [{}], 10],
    ['it was registered, if a worker was told before that', [{ stoppingAt: seconds(5) }], 10],
  ];
  for (const [what, tasks, since] of SINCE) {
    it(`drain since ${what}`, async () => {
      used.server.reply(200, { containerInstanceArns: ['arn-i-0a'] });
      used.server.reply(200, { containerInstances: [host('i-0a', 10)] });
      used.server.reply(200, { taskArns: tasks.map((_, index) => `task-${index}`) });
      used.server.reply(200, { tasks });
      expect(await found([instance('i-0a')])).to.deep.equal([['i-0a', seconds(since), 'draining']]);
    });
  }
});
