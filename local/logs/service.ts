/** CloudWatch Logs, to read what workers and functions wrote: `aws logs tail` and its like. */
import { page } from '../pages';
import { type OperationsService, ServiceError } from '../service';
import { compileFilter } from './filter';
import type { LogEvent, LogGroup, LogStore, LogStream } from './log-store';

interface GroupInput {
  logGroupName?: string;
  /** Name or ARN. */
  logGroupIdentifier?: string;
}
interface ReadInput extends GroupInput {
  startTime?: number;
  endTime?: number;
  limit?: number;
  nextToken?: string;
}

export function createLogs(store: LogStore): OperationsService {
  const groupOf = ({ logGroupName, logGroupIdentifier }: GroupInput) =>
    store.group(logGroupName ?? logGroupIdentifier?.replace(/^arn:.*:log-group:/, '') ?? '');

  return {
    name: 'logs',
    protocol: 'json',
    operations: {
      DescribeLogGroups: {
        run(input: { logGroupNamePrefix?: string; nextToken?: string; limit?: number }) {
          const found = [...store.groups.values()].filter(({ name }) =>
            name.startsWith(input.logGroupNamePrefix ?? ''),
          );
          const { items, nextToken } = page(found, input.nextToken, input.limit ?? 50);
          return { logGroups: items.map(describeGroup), nextToken };
        },
      },
      DescribeLogStreams: {
        run(input: GroupInput & { logStreamNamePrefix?: string; nextToken?: string; limit?: number }) {
          const group = groupOf(input);
          const found = [...group.streams.values()].filter(({ name }) =>
            name.startsWith(input.logStreamNamePrefix ?? ''),
          );
          const { items, nextToken } = page(found, input.nextToken, input.limit ?? 50);
          return { logStreams: items.map((stream) => describeStream(group, stream)), nextToken };
        },
      },
      GetLogEvents: {
        run(input: ReadInput & { logStreamName: string; startFromHead?: boolean }) {
          const stream = groupOf(input).streams.get(input.logStreamName);
          if (!stream) {
            throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
          }
          const events = stream.events.filter((event) => within(event, input));
          const limit = input.limit ?? 10_000;
          const tail = Math.max(0, events.length - limit);
          const start = input.nextToken ? Number(input.nextToken.slice(2)) : input.startFromHead ? 0 : tail;
          const items = events.slice(start, start + limit);
          return {
            events: items.map(({ timestamp, ingestionTime, message }) => ({
              timestamp,
              ingestionTime,
              message,
            })),
            nextForwardToken: `f/${start + items.length}`,
            nextBackwardToken: `b/${Math.max(0, start - limit)}`,
          };
        },
      },
      FilterLogEvents: {
        run(
          input: ReadInput & {
            logStreamNames?: string[];
            logStreamNamePrefix?: string;
            filterPattern?: string;
          },
        ) {
          const { streams } = groupOf(input);
          const matches = compileFilter(input.filterPattern ?? '');
          const events = [...streams.values()]
            .filter(
              ({ name }) =>
                input.logStreamNames?.includes(name) ?? name.startsWith(input.logStreamNamePrefix ?? ''),
            )
            .flatMap((stream) => stream.events.map((event) => ({ ...event, logStreamName: stream.name })))
            .filter((event) => within(event, input) && matches(event.message))
            .sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
          const { items, nextToken } = page(events, input.nextToken, input.limit ?? 10_000);
          return { events: items, nextToken, searchedLogStreams: [] };
        },
      },
    },
  };
}

function within(
  { timestamp }: LogEvent,
  { startTime = 0, endTime = Number.POSITIVE_INFINITY }: ReadInput,
): boolean {
  return timestamp >= startTime && timestamp < endTime;
}

function describeGroup({ name, arn, creationTime, retentionInDays }: LogGroup) {
  return { logGroupName: name, arn: `${arn}:*`, logGroupArn: arn, creationTime, retentionInDays };
}

function describeStream(group: LogGroup, { name, creationTime, events }: LogStream) {
  return {
    logStreamName: name,
    arn: `${group.arn}:log-stream:${name}`,
    creationTime,
    firstEventTimestamp: events[0]?.timestamp,
    lastEventTimestamp: events.at(-1)?.timestamp,
    lastIngestionTime: events.at(-1)?.ingestionTime,
  };
}
