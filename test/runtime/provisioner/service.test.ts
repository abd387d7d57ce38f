import { ECSClient } from '@aws-sdk/client-ecs';
import { expect } from 'chai';
import { countRunning, readRunning, readStopped } from '../../../runtime/provisioner/service';
import { SilentServer } from '../support/silent-server';

const NAME = { cluster: 'cluster', service: 'workers' };

describe('reading a service', () => {
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

  it('finds no task where an answer has none', async () => {
    server.reply(200, { services: [{}] });
    expect(await countRunning(ecs, NAME)).to.equal(0);
    server.reply(200, {});
    expect(await readRunning(ecs, NAME)).to.deep.equal([]);
    server.reply(200, { taskArns: ['arn'] });
    server.reply(200, {});
    expect(await readStopped(ecs, NAME)).to.deep.equal([]);
    expect(server.requests).to.have.length(4);
  });

  it('asks for the tasks of the service that run, and describes them in its cluster', async () => {
    server.reply(200, { taskArns: ['arn'] });
    server.reply(200, { tasks: [{ taskArn: 'arn' }] });
    expect(await readRunning(ecs, NAME)).to.deep.equal([{ taskArn: 'arn' }]);
    expect(server.requests.map(({ body }) => JSON.parse(body))).to.deep.equal([
      { cluster: 'cluster', serviceName: 'workers', desiredStatus: 'RUNNING' },
      { cluster: 'cluster', tasks: ['arn'] },
    ]);
  });

  it('reads all pages of the tasks that have stopped', async () => {
    server.reply(200, { taskArns: ['a'], nextToken: 'more' });
    server.reply(200, { tasks: [{ taskArn: 'a' }] });
    server.reply(200, { taskArns: ['b'] });
    server.reply(200, { tasks: [{ taskArn: 'b' }] });
    expect(await readStopped(ecs, NAME)).to.deep.equal([{ taskArn: 'a' }, { taskArn: 'b' }]);
    const [first, , next] = server.requests.map(({ body }) => JSON.parse(body));
    expect(first).to.deep.equal({ cluster: 'cluster', serviceName: 'workers', desiredStatus: 'STOPPED' });
    expect(next).to.include({ nextToken: 'more' });
  });
});
