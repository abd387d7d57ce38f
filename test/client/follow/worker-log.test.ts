import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { expect } from 'chai';
import { WorkerLog, type WorkerLogOptions } from '../../../client/follow/worker-log';
import { type Gateway, startGateway } from '../../../local/core/gateway';
import { LogStore } from '../../../local/services/logs/log-store';
import { logsService } from '../../../local/services/logs/operations';
import { failure } from '../../support/failure';

const GROUP = '/batch-processor/worker';

describe('the log of the workers', () => {
  let store: LogStore;
  let gateway: Gateway;
  let client: CloudWatchLogsClient;
  let log: WorkerLog;

  const boot = async (options: Partial<WorkerLogOptions> = {}) => {
    store = new LogStore();
    store.addGroup(GROUP, `arn:aws:logs:eu-west-1:000000000000:log-group:${GROUP}`);
    const user = {
      caller: { accessKeyId: 'k', arn: 'arn:aws:iam::000000000000:user/local' },
      secretAccessKey: 's',
    };
    gateway = await startGateway({
      region: 'eu-west-1',
      services: [logsService(store)],
      identities: { find: () => user },
    });
    const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
    client = new CloudWatchLogsClient({ endpoint: gateway.endpoint, region: 'eu-west-1', credentials });
    log = new WorkerLog({
      client,
      logGroupName: GROUP,
      since: 0,
      delaySeconds: 0,
      ...options,
    });
  };
  afterEach(async () => {
    client.destroy();
    await gateway.close();
  });
  const say = (message: string, stream = 'a') => store.write(GROUP, stream, message);
  const read = async () => {
    const messages: string[] = [];
    for await (const { message } of log.read()) messages.push(message);
    return messages;
  };

  it('gives each line of each worker once, as it arrives', async () => {
    await boot();
    expect(await read()).to.deep.equal([]);
    say('1');
    say('2', 'b');
    expect(await read()).to.deep.equal(['1', '2']);
    expect(await read()).to.deep.equal([]);
    // The lines often have the same millisecond.
    say('3');
    say('4', 'b');
    expect(await read()).to.deep.equal(['3', '4']);
  });

  it('gives lines that arrive late, after others', async () => {
    await boot({ delaySeconds: 30 });
    say('new');
    expect(await read()).to.deep.equal(['new']);
    say('late', 'b');
    const [event] = store.group(GROUP).streams.get('b') ?? [];
    if (event) event.timestamp -= 20_000;
    expect(await read()).to.deep.equal(['late']);
    expect(await read()).to.deep.equal([]);
  });

  it('leaves out lines that were written before', async () => {
    await boot({ since: Date.now() + 60_000 });
    say('before');
    expect(await read()).to.deep.equal([]);
  });

  it('gives only the lines that match the pattern', async () => {
    await boot({ filterPattern: '{ $.level = "error" }' });
    say('{"level":"info"}');
    say('{"level":"error"}');
    expect(await read()).to.deep.equal(['{"level":"error"}']);
  });

  it('goes on after an error with the lines that nobody has read', async () => {
    await boot();
    for (const line of ['1', '2', '3']) say(line);
    for await (const { message } of log.read()) if (message === '2') break;
    expect(await read()).to.deep.equal(['3']);
  });

  it('does not search the whole log again and again for a pattern without matches', async () => {
    const since = Date.now() - 5 * 3_600_000;
    await boot({ since, filterPattern: '{ $.level = "error" }' });
    const starts: number[] = [];
    const record = (next: (args: { input: object }) => Promise<never>) => (args: { input: object }) => {
      starts.push((args.input as { startTime: number }).startTime);
      return next(args);
    };
    client.middlewareStack.add(record as never, { step: 'initialize' });
    await read();
    await read();
    expect(starts[0]).to.equal(since);
    expect(starts[1]).to.be.within(Date.now() - 600_000, Date.now() - 300_000);
  });

  it('fails if the group does not exist', async () => {
    await boot({ logGroupName: '/nope' });
    expect(await failure(read())).to.include({ name: 'ResourceNotFoundException' });
  });
});
