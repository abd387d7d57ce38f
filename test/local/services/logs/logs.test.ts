import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect } from 'chai';
import { type Gateway, startGateway } from '../../../../local/core/gateway';
import { LogStore } from '../../../../local/services/logs/log-store';
import { logsService } from '../../../../local/services/logs/operations';
import { failure } from '../../../support/failure';

describe('the logs', () => {
  const store = new LogStore();
  const user = {
    caller: { accessKeyId: 'k', arn: 'arn:aws:iam::000000000000:user/local' },
    secretAccessKey: 's',
  };
  let gateway: Gateway;
  let logs: CloudWatchLogsClient;

  before(async () => {
    gateway = await startGateway({
      region: 'eu-west-1',
      services: [logsService(store)],
      identities: { find: () => user },
    });
    const credentials = { accessKeyId: 'k', secretAccessKey: 's' };
    logs = new CloudWatchLogsClient({ endpoint: gateway.endpoint, region: 'eu-west-1', credentials });
    store.addGroup('/a', 'arn:aws:logs:eu-west-1:000000000000:log-group:/a', 30);
    for (let index = 0; index < 25; index++) store.write('/a', index % 2 ? 'odd' : 'even', `line ${index}`);
  });
  after(() => gateway.close());

  it('are listed by group and stream', async () => {
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/a' }));
    expect(logGroups?.[0]).to.deep.include({ logGroupName: '/a', retentionInDays: 30 });
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName: '/a' }));
    expect(logStreams?.map(({ logStreamName }) => logStreamName)).to.deep.equal(['even', 'odd']);
  });

  it('are read a stream at a time', async () => {
    const read = (options: object) =>
      logs.send(new FilterLogEventsCommand({ logGroupName: '/a', limit: 1, ...options }));
    for (const options of [{ logStreamNames: ['odd'] }, { logStreamNamePrefix: 'od' }])
      expect((await read(options)).events?.[0]).to.deep.include({ logStreamName: 'odd', message: 'line 1' });
    expect((await read({ endTime: 1 })).events).to.deep.equal([]);
  });

  it('are searched in all streams, in order and in pages', async () => {
    const found: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await logs.send(
        new FilterLogEventsCommand({ logGroupName: '/a', filterPattern: '"line 1"', limit: 4, nextToken }),
      );
      found.push(...(page.events ?? []).map(({ message }) => message));
      nextToken = page.nextToken;
    } while (nextToken);
    expect(found).to.deep.equal([1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((index) => `line ${index}`));
  });

  it('are read from the end of one stream, or from its start, in pages', async () => {
    const read = async (options: Partial<GetLogEventsCommandInput> = {}) => {
      const command = { logGroupName: '/a', logStreamName: 'odd', limit: 3, ...options };
      const page = await logs.send(new GetLogEventsCommand(command));
      return { ...page, lines: page.events?.map(({ message = '' }) => Number(message.slice(5))) };
    };
    const last = await read();
    expect(last.lines).to.deep.equal([19, 21, 23]);
    expect((await read({ nextToken: last.nextForwardToken })).lines).to.deep.equal([]);
    const before = await read({ nextToken: last.nextBackwardToken });
    expect(before.lines).to.deep.equal([13, 15, 17]);
    expect((await read({ nextToken: before.nextForwardToken })).lines).to.deep.equal([19, 21, 23]);
    const first = await read({ startFromHead: true });
    expect(first.lines).to.deep.equal([1, 3, 5]);
    // At an end the token stays the same.
    const end = await read({ nextToken: first.nextBackwardToken });
    expect(end).to.deep.include({ lines: [], nextBackwardToken: first.nextBackwardToken });
    expect((await read({ limit: undefined })).lines).to.have.length(12);
    expect((await read({ endTime: 1 })).lines).to.deep.equal([]);
    expect((await failure(read({ nextToken: 'x' }))).name).to.equal('InvalidParameterException');
    expect((await failure(read({ logStreamName: 'nope' }))).name).to.equal('ResourceNotFoundException');
  });

  it('of unknown groups are refused', async () => {
    const error = await failure(logs.send(new FilterLogEventsCommand({ logGroupName: '/nope' })));
    expect(error.name).to.equal('ResourceNotFoundException');
  });

  it('keep the newest events of a stream', () => {
    for (let index = 0; index < 5_000; index++) store.write('/a', 'long', `${index}`);
    const events = store.group('/a').streams.get('long');
    expect(events?.length).to.be.at.most(2_000);
    expect(events?.at(-1)?.message).to.equal('4999');
  });
});
