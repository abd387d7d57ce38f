import { SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { readExecutions } from '../../../runtime/provisioner/executions';
import { SilentServer } from '../support/silent-server';

describe('reading executions', () => {
  let server: SilentServer;
  let sfn: SFNClient;
  beforeEach(async () => {
    server = await SilentServer.start();
    sfn = new SFNClient({ maxAttempts: 1 });
  });
  afterEach(() => {
    sfn.destroy();
    server.close();
  });

  it('finds none where the answer has none', async () => {
    const executions = readExecutions(sfn, 'machine');
    await server.until(1);
    server.answer(200, {});
    expect(await executions).to.deep.equal([]);
    expect(server.requests).to.have.length(1);
  });

  it('takes a start, redrives and an input that are not told as never redriven and empty', async () => {
    const executions = readExecutions(sfn, 'machine');
    await server.until(1);
    const startDate = 1_795_000_000;
    server.answer(200, { executions: [{ executionArn: 'arn', startDate }, { executionArn: 'no start' }] });
    await server.until(2);
    server.answer(200, { executionArn: 'arn', status: 'RUNNING' });
    expect(await executions).to.deep.equal([
      {
        executionArn: 'arn',
        listed: { redriveCount: 0, runningSince: new Date(startDate * 1000) },
        described: { isRunning: true, redriveCount: 0, input: '{}' },
      },
    ]);
  });
});
