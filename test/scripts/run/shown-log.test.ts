/** The workers' log lines for people, by real requests to the log of the local cloud. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { expect } from 'chai';
import type { BatchProcessor } from '../../../client';
import { type Gateway, startGateway } from '../../../local/core/gateway';
import { LogStore } from '../../../local/services/logs/log-store';
import { logsService } from '../../../local/services/logs/operations';
import { ShownLog } from '../../../scripts/run/shown-log';

const GROUP = '/batch-processor/worker';
const LINE = { level: 'info', message: 'hello', key: 'a.txt', timestamp: '2026-11-26T10:00:00.123Z' };

describe("the workers' log, as it is shown", () => {
  let store: LogStore;
  let gateway: Gateway;
  let client: CloudWatchLogsClient;
  let isThrottled = false;
  before(async () => {
    store = new LogStore();
    store.addGroup(GROUP, `arn:aws:logs:eu-west-1:000000000000:log-group:${GROUP}`);
    const caller = { accessKeyId: 'k', arn: 'arn:aws:iam::000000000000:user/local' };
    gateway = await startGateway({
      region: 'eu-west-1',
      services: [logsService(store)],
      identities: { find: () => ({ caller, secretAccessKey: 's' }) },
    });
    const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
    client = new CloudWatchLogsClient({ endpoint: gateway.endpoint, region: 'eu-west-1', credentials });
    client.middlewareStack.add(
      (next) => (args) => {
        if (isThrottled) throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
        return next(args);
      },
      { step: 'initialize' },
    );
  });
  after(async () => {
    client.destroy();
    await gateway.close();
  });

  const open = (workerLogGroup: string | undefined) => {
    const batch = { clients: { logs: client }, deployment: { workerLogGroup } } as unknown as BatchProcessor;
    return new ShownLog({ kind: 'local', batch }, 'nightly', Date.now());
  };
  const say = (line: object) => store.write(GROUP, 'worker/worker/0a1b', JSON.stringify(line));
  async function read(log: ShownLog): Promise<string[]> {
    const shown: string[] = [];
    for await (const { texts } of log.read()) shown.push(...texts);
    return shown;
  }

  it('has each line of the run once, and none of another run', async () => {
    const log = open(GROUP);
    say({ ...LINE, execution: 'nightly' });
    say({ ...LINE, execution: 'another' });
    expect(await read(log)).to.deep.equal(['10:00:00.123 info  a.txt: hello']);
    expect(await read(log)).to.deep.equal([]);
  });

  it('says once that it cannot be read', async () => {
    const log = open('/not/there');
    const [text, ...others] = await read(log);
    expect(text).to.match(/^The workers' log cannot be read: .*log group/);
    expect(others).to.deep.equal([]);
    expect(await read(log)).to.deep.equal([]);
  });

  it('goes on after a temporary problem', async () => {
    const log = open(GROUP);
    await read(log);
    say({ ...LINE, message: 'later', execution: 'nightly' });
    isThrottled = true;
    expect(await read(log)).to.deep.equal([]);
    isThrottled = false;
    expect(await read(log)).to.deep.equal(['10:00:00.123 info  a.txt: later']);
  });

  it('is empty if the deployment does not name the log group', async () => {
    expect(await read(open(undefined))).to.deep.equal([]);
  });
});
