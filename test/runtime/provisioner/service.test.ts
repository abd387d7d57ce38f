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
    const count = countRunning(ecs, NAME);
    await server.until(1);
    server.answer(200, { services: [{}] });
    expect(await count).to.equal(0);
    const running = readRunning(ecs, NAME);
    await server.until(2);
    server.answer(200, {});
    expect(await running).to.deep.equal([]);
    const stopped = readStopped(ecs, NAME);
    await server.until(3);
    server.answer(200, { taskArns: ['arn'] });
    await server.until(4);
    server.answer(200, {});
    expect(await stopped).to.deep.equal([]);
    expect(server.requests).to.have.length(4);
  });
});
