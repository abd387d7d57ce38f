import { SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { ExecutionReader } from '../../../runtime/provisioner/executions';
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

  it('finds none if the answer has none', async () => {
    server.reply(200, {});
    expect(await new ExecutionReader(sfn, 'machine').read({ describedSince: 0 })).to.deep.equal([]);
    expect(server.requests).to.have.length(1);
  });

  it('looks into the history of one that selects first: has it asked for workers?', async () => {
    const startDate = 1_795_000_000;
    const entered = (name: string) => ({
      id: 1,
      timestamp: 1,
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { name },
    });
    const isSelecting = async (input: object, ...history: object[]) => {
      server.reply(200, { executions: [{ executionArn: 'arn', startDate }] });
      server.reply(200, { executionArn: 'arn', status: 'RUNNING', input: JSON.stringify(input) });
      for (const page of history) server.reply(200, page);
      const [execution] = await new ExecutionReader(sfn, 'machine').read({ describedSince: 0 });
      return execution?.described?.isSelecting;
    };
    expect(await isSelecting({ prefix: 'a' })).to.equal(undefined);
    expect(await isSelecting({ prefix: 'a', select: {} }, { events: [entered('Select')] })).to.equal(true);
    expect(
      await isSelecting({ manifest: { Key: 'm' } }, { events: [entered('Select'), entered('Provision')] }),
    ).to.equal(false);
    expect(await isSelecting({ prefix: 'a', bucket: 'archive' }, { events: [entered('Select')] })).to.equal(
      true,
    );
    expect(await isSelecting({ objects: [{ Key: 'a' }], bucket: 'archive' })).to.equal(undefined);
    const first = { events: [entered('Select')], nextToken: 'more' };
    expect(await isSelecting({ select: {} }, first, { events: [entered('Select')] })).to.equal(true);
    expect(JSON.parse(server.requests.at(-1)?.body ?? '')).to.include({ nextToken: 'more' });
    expect(await isSelecting({ select: {} }, first, { events: [entered('Provision')] })).to.equal(false);
    // Most events enter no state, and an execution that has just begun has no such event.
    const begun = { id: 1, timestamp: 1, type: 'ExecutionStarted' };
    expect(await isSelecting({ select: {} }, { events: [begun, entered('Provision')] })).to.equal(false);
    expect(await isSelecting({ select: {} }, {})).to.equal(true);
    expect(JSON.parse(server.requests.at(-1)?.body ?? '')).to.deep.equal({
      executionArn: 'arn',
      maxResults: 1000,
      includeExecutionData: false,
    });
  });

  it('takes an execution without a start, redrives and an input in the answer as never redriven, with an empty input', async () => {
    const startDate = 1_795_000_000;
    server.reply(200, { executions: [{ executionArn: 'arn', startDate }, { executionArn: 'no start' }] });
    server.reply(200, { executionArn: 'arn', status: 'RUNNING' });
    expect(await new ExecutionReader(sfn, 'machine').read({ describedSince: 0 })).to.deep.equal([
      {
        executionArn: 'arn',
        listed: { redriveCount: 0, runningSince: new Date(startDate * 1000) },
        described: { isRunning: true, redriveCount: 0, input: '{}' },
      },
    ]);
  });
});
