/** CloudWatch Logs, to read what workers and functions wrote: `aws logs tail` and its like. */
import { page } from '../pages';
import type { OperationsService } from '../service';
import { compileFilter } from './filter';
import type { LogStore } from './log-store';

interface PageInput {
  limit?: number;
  nextToken?: string;
}

interface StreamsInput extends PageInput {
  logGroupName?: string;
  /** Name or ARN. */
  logGroupIdentifier?: string;
  logStreamNamePrefix?: string;
}

interface FilterInput extends StreamsInput {
  logStreamNames?: string[];
  /** Milliseconds since the epoch; the end is excluded. */
  startTime?: number;
  endTime?: number;
  filterPattern?: string;
}

export function createLogs(store: LogStore): OperationsService {
  const groupOf = ({ logGroupName, logGroupIdentifier = '' }: StreamsInput) =>
    store.group(logGroupName ?? logGroupIdentifier.replace(/^arn:.*:log-group:/, ''));

  return {
    name: 'logs',
    protocol: 'json',
    operations: {
      DescribeLogGroups: {
        run({ logGroupNamePrefix = '', nextToken, limit = 50 }: PageInput & { logGroupNamePrefix?: string }) {
          const found = [...store.groups.values()].filter(({ name }) => name.startsWith(logGroupNamePrefix));
          const { items, nextToken: next } = page(found, nextToken, limit);
          const logGroups = items.map(({ name, arn, streams: _, ...group }) => ({
            ...group,
            logGroupName: name,
            arn: `${arn}:*`,
            logGroupArn: arn,
          }));
          return { logGroups, nextToken: next };
        },
      },
      DescribeLogStreams: {
        run(input: StreamsInput) {
          const { arn, streams } = groupOf(input);
          const { logStreamNamePrefix = '', nextToken, limit = 50 } = input;
          const found = [...streams].filter(([name]) => name.startsWith(logStreamNamePrefix));
          const { items, nextToken: next } = page(found, nextToken, limit);
          const logStreams = items.map(([name, events]) => ({
            logStreamName: name,
            arn: `${arn}:log-stream:${name}`,
            firstEventTimestamp: events[0]?.timestamp,
            lastEventTimestamp: events.at(-1)?.timestamp,
          }));
          return { logStreams, nextToken: next };
        },
      },
      FilterLogEvents: {
        run(input: FilterInput) {
          const { logStreamNames, logStreamNamePrefix = '', startTime = 0, endTime = Infinity } = input;
          const matches = compileFilter(input.filterPattern ?? '');
          const found = [...groupOf(input).streams]
            .filter(([name]) => logStreamNames?.includes(name) ?? name.startsWith(logStreamNamePrefix))
            .flatMap(([, events]) => events)
            .filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime)
            .filter(({ message }) => matches(message))
            .sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
          const { items: events, nextToken } = page(found, input.nextToken, input.limit ?? 10_000);
          return { events, nextToken, searchedLogStreams: [] };
        },
      },
    },
  };
}
