/** CloudWatch Logs, to read what workers and functions wrote: `aws logs tail` and its like. */
import * as z from 'zod';
import { list, text } from '../../core/members';
import { page } from '../../core/pages';
import { type OperationsService, operation, ServiceError } from '../../core/service';
import { compileFilter } from './filter';
import type { LogStore } from './log-store';

const INVALID = 'InvalidParameterException';

const logGroupName = text(1, 512).regex(/^[\w.\-/#]+$/);
const logStreamName = text(1, 512).regex(/^[^:*]*$/);
const limit = z.int().min(1).max(50).default(50);
const nextToken = z.string().min(1).optional();
/** Milliseconds since the epoch. */
const time = z.int().min(0);
const group = {
  logGroupName: logGroupName.optional(),
  /** Name or ARN. */
  logGroupIdentifier: text(1, 2_048)
    .regex(/^[\w#+=/:,.@-]*$/)
    .optional(),
};
interface GroupInput {
  logGroupName?: string;
  logGroupIdentifier?: string;
}

/** The events that a page holds. A token is a position and the direction from it, and stays valid at the ends. */
function window(
  count: number,
  limit: number,
  startFromHead: boolean,
  token: string | undefined,
): { start: number; end: number } {
  const [, direction, position] = /^([fb])\/(\d{1,15})$/.exec(token ?? '') ?? [];
  if (token !== undefined && !direction)
    throw new ServiceError(INVALID, 'The specified nextToken is invalid.');
  const forwards = direction ? direction === 'f' : startFromHead;
  const from = Math.min(Number(position ?? (forwards ? 0 : count)), count);
  return forwards
    ? { start: from, end: Math.min(from + limit, count) }
    : { start: Math.max(from - limit, 0), end: from };
}

export function logsService(store: LogStore): OperationsService {
  const nameOf = ({ logGroupName, logGroupIdentifier }: GroupInput) =>
    logGroupName ?? logGroupIdentifier?.replace(/^arn:.*:log-group:/, '');
  const groupOf = (input: GroupInput) => {
    const { logGroupName, logGroupIdentifier } = input;
    const name = nameOf(input);
    if (name === undefined || (logGroupName !== undefined && logGroupIdentifier !== undefined)) {
      throw new ServiceError(INVALID, 'Give either logGroupName or logGroupIdentifier.');
    }
    return store.group(name);
  };

  /** For policies, so also of a group that does not exist. */
  const arnOf = (input: GroupInput) => store.groups.get(nameOf(input) ?? '')?.arn ?? '*';

  return {
    name: 'logs',
    protocol: 'json',
    invalidInput: INVALID,
    operations: {
      DescribeLogGroups: operation({
        input: z.object({ logGroupNamePrefix: logGroupName.optional(), nextToken, limit }),
        run({ logGroupNamePrefix = '', nextToken, limit }) {
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
      }),
      DescribeLogStreams: operation({
        input: z.object({ ...group, logStreamNamePrefix: logStreamName.optional(), nextToken, limit }),
        run(input) {
          const { arn, streams } = groupOf(input);
          const { logStreamNamePrefix = '', nextToken, limit } = input;
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
      }),
      GetLogEvents: operation({
        input: z.object({
          ...group,
          logStreamName,
          startTime: time.default(0),
          /** Excluded. */
          endTime: time.optional(),
          startFromHead: z.boolean().default(false),
          nextToken,
          limit: z.int().min(1).max(10_000).default(10_000),
        }),
        authorize: (input) => ({
          action: 'logs:GetLogEvents',
          resources: [`${arnOf(input)}:log-stream:${input.logStreamName}`],
        }),
        run(input) {
          const { logStreamName, startTime, endTime = Infinity, startFromHead, nextToken, limit } = input;
          const stream = groupOf(input).streams.get(logStreamName);
          if (!stream) {
            throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
          }
          const inTime = stream.filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime);
          const { start, end } = window(inTime.length, limit, startFromHead, nextToken);
          const events = inTime
            .slice(start, end)
            .map(({ timestamp, ingestionTime, message }) => ({ timestamp, ingestionTime, message }));
          return { events, nextForwardToken: `f/${end}`, nextBackwardToken: `b/${start}` };
        },
      }),
      FilterLogEvents: operation({
        input: z.object({
          ...group,
          logStreamNames: list(logStreamName, 100, 1).optional(),
          logStreamNamePrefix: logStreamName.optional(),
          startTime: time.default(0),
          /** Excluded. */
          endTime: time.optional(),
          filterPattern: z.string().max(1_024).default(''),
          nextToken,
          limit: z.int().min(1).max(10_000).default(10_000),
        }),
        run(input) {
          const { logStreamNames, logStreamNamePrefix = '', startTime, endTime = Infinity } = input;
          const matches = compileFilter(input.filterPattern);
          const found = [...groupOf(input).streams]
            .filter(([name]) => logStreamNames?.includes(name) ?? name.startsWith(logStreamNamePrefix))
            .flatMap(([, events]) => events)
            .filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime)
            .filter(({ message }) => matches(message))
            .sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
          const { items: events, nextToken } = page(found, input.nextToken, input.limit);
          return { events, nextToken, searchedLogStreams: [] };
        },
      }),
    },
  };
}
