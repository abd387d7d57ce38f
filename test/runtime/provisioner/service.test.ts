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
});
