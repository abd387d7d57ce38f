import { expect } from 'chai';
import { countRunning, readRunning, readStopped } from '../../../runtime/provisioner/service';
import { useSilentEcs } from '../support/silent-ecs';

const NAME = { cluster: 'cluster', service: 'workers' };

describe('reading a service', () => {
  const used = useSilentEcs();

  it('finds no task if an answer has none', async () => {
    used.server.reply(200, { services: [{}] });
    expect(await countRunning(used.ecs, NAME)).to.equal(0);
    used.server.reply(200, {});
    expect(await readRunning(used.ecs, NAME)).to.deep.equal([]);
    used.server.reply(200, { taskArns: ['arn'] });
    used.server.reply(200, {});
    expect(await readStopped(used.ecs, NAME)).to.deep.equal([]);
    expect(used.server.requests).to.have.length(4);
  });

  it('asks for the tasks of the service that run, and describes them in its cluster', async () => {
    used.server.reply(200, { taskArns: ['arn'] });
    used.server.reply(200, { tasks: [{ taskArn: 'arn' }] });
    expect(await readRunning(used.ecs, NAME)).to.deep.equal([{ taskArn: 'arn' }]);
    expect(used.server.requests.map(({ body }) => JSON.parse(body))).to.deep.equal([
      { cluster: 'cluster', serviceName: 'workers', desiredStatus: 'RUNNING' },
      { cluster: 'cluster', tasks: ['arn'] },
    ]);
  });

  it('reads all pages of the tasks that have stopped', async () => {
    used.server.reply(200, { taskArns: ['a'], nextToken: 'more' });
    used.server.reply(200, { tasks: [{ taskArn: 'a' }] });
    used.server.reply(200, { taskArns: ['b'] });
    used.server.reply(200, { tasks: [{ taskArn: 'b' }] });
    expect(await readStopped(used.ecs, NAME)).to.deep.equal([{ taskArn: 'a' }, { taskArn: 'b' }]);
    const [first, , next] = used.server.requests.map(({ body }) => JSON.parse(body));
    expect(first).to.deep.equal({ cluster: 'cluster', serviceName: 'workers', desiredStatus: 'STOPPED' });
    expect(next).to.include({ nextToken: 'more' });
  });
});
