/** EventBridge Scheduler: starts executions of the stack's state machines when its schedules are due. */
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { clientConfig } from '../../core/client-config';
import { LocalCloudError } from '../../core/errors';
import type { StackIdentities } from '../../core/iam/identities';
import { text } from '../../core/members';
import { page } from '../../core/pages';
import { type OperationsService, operation, ServiceError } from '../../core/service';
import type { Attributes, Stack } from '../../core/stack/stack';
import type { LogStore } from '../logs/log-store';
import { type Due, dueTimes } from './expression';

export interface SchedulerOptions {
  stack: Stack;
  identities: StackIdentities;
  endpoint(): string;
  /** Gets a line for each start: group `scheduler/<schedule group>`, stream the schedule. */
  logs: LogStore;
  /** Told of starts that fail. AWS tries again for as long as the schedule says; the local cloud does not. */
  log(message: string, error: unknown): void;
}

export interface Scheduler {
  service: OperationsService;
  /** From now on, schedules start executions when they are due; one with a rate begins at once, as on AWS. */
  start(): void;
  /** Starts an execution as the schedule would now; resolves with its ARN. Rejects with a LocalCloudError for an unknown name. */
  fire(name: string): Promise<string>;
  close(): void;
}

interface Schedule {
  attributes: Attributes;
  target: Attributes;
  due: Due;
}

/** The longest that a timer waits. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

const Name = text(1, 64).regex(/^[0-9a-zA-Z-_.]+$/);
const paging = {
  NextToken: text(1, 2_048).optional(),
  MaxResults: z.coerce.number().int().min(1).max(100).default(100),
};

/** Throws a LocalCloudError for an expression or a target that it cannot serve. */
export function createScheduler({ stack, identities, endpoint, logs, log }: SchedulerOptions): Scheduler {
  const machines = stack.resources('aws_sfn_state_machine').map(({ attributes }) => attributes.arn);
  const groups = stack.resources('aws_scheduler_schedule_group').map(({ attributes }) => attributes);
  const schedules = stack
    .resources('aws_scheduler_schedule')
    .map(({ attributes }) => readSchedule(attributes, machines));
  const timers = new Map<Schedule, NodeJS.Timeout>();
  let closed = false;

  const fire = async ({ attributes: { name, group_name, arn }, target }: Schedule): Promise<string> => {
    const { account, region, partition } = stack.accountAndRegion;
    const assumer = {
      service: 'scheduler.amazonaws.com',
      sourceArn: `arn:${partition}:scheduler:${region}:${account}:schedule-group/${group_name}`,
      session: name,
    };
    const credentials = () => identities.credentialsFor(target.role_arn, assumer);
    const sfn = new SFNClient(clientConfig({ endpoint: endpoint(), region, credentials }));
    const input = target.input?.replaceAll('<aws.scheduler.schedule-arn>', arn);
    try {
      const start = new StartExecutionCommand({ stateMachineArn: target.arn, input });
      const { executionArn = '' } = await sfn.send(start);
      const line = {
        timestamp: new Date().toISOString(),
        message: 'A schedule has started an execution',
        schedule: name,
        execution_arn: executionArn,
      };
      logs.write(`scheduler/${group_name}`, name, JSON.stringify(line));
      return executionArn;
    } finally {
      sfn.destroy();
    }
  };

  const startWhenDue = (schedule: Schedule) => {
    if (closed) return;
    fire(schedule).catch((error) =>
      log(`The schedule ${schedule.attributes.name} could not start an execution`, error),
    );
  };

  const wait = (schedule: Schedule, due: Date | undefined): void => {
    if (closed || !due || schedule.attributes.state === 'DISABLED') return;
    const milliseconds = Math.max(0, due.getTime() - Date.now());
    const waited = () => {
      if (milliseconds > MAX_TIMER_MILLISECONDS) return wait(schedule, due);
      startWhenDue(schedule);
      // What was due while the machine slept starts once.
      wait(schedule, schedule.due(new Date(Math.max(due.getTime(), Date.now()))));
    };
    timers.set(schedule, setTimeout(waited, Math.min(milliseconds, MAX_TIMER_MILLISECONDS)).unref());
  };

  const find = (name: string) => schedules.find(({ attributes }) => attributes.name === name);

  return {
    service: {
      name: 'scheduler',
      protocol: 'rest-json',
      operations: {
        ListSchedules: operation({
          input: z.object({ NamePrefix: Name.optional(), ScheduleGroup: Name.optional(), ...paging }),
          run: ({ NamePrefix = '', ScheduleGroup, NextToken, MaxResults }) => {
            const found = schedules.filter(
              ({ attributes: { name, group_name } }) =>
                name.startsWith(NamePrefix) && (ScheduleGroup ?? group_name) === group_name,
            );
            const { items, nextToken } = page(found, NextToken, MaxResults, 'ValidationException');
            return { Schedules: items.map(summarize), NextToken: nextToken };
          },
        }),
        GetSchedule: operation({
          input: z.object({ Name, groupName: Name.default('default') }),
          authorize: (input) => ({
            action: 'scheduler:GetSchedule',
            resources: [find(input.Name)?.attributes.arn ?? '*'],
          }),
          run: (input) => {
            const found = find(input.Name);
            if (found?.attributes.group_name === input.groupName) return describe(found);
            const message = `Schedule ${input.Name} does not exist.`;
            throw new ServiceError('ResourceNotFoundException', message, 404);
          },
        }),
        ListScheduleGroups: operation({
          input: z.object(paging),
          run: ({ NextToken, MaxResults }) => {
            const { items, nextToken } = page(groups, NextToken, MaxResults, 'ValidationException');
            const described = items.map(({ name, arn }) => ({ Name: name, Arn: arn, State: 'ACTIVE' }));
            return { ScheduleGroups: described, NextToken: nextToken };
          },
        }),
      },
    },
    start() {
      for (const schedule of schedules) {
        const { schedule_expression: expression } = schedule.attributes;
        wait(schedule, expression.startsWith('rate') ? new Date() : schedule.due(new Date()));
      }
    },
    async fire(name) {
      const schedule = find(name);
      if (schedule) return fire(schedule);
      throw new LocalCloudError(
        `There is no schedule ${name}: there are ${schedules.map(({ attributes }) => attributes.name).join(', ') || 'none'}.`,
      );
    },
    close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

function readSchedule(attributes: Attributes, machines: string[]): Schedule {
  const { name, schedule_expression, schedule_expression_timezone = 'UTC' } = attributes;
  const target: Attributes = [attributes.target].flat()[0];
  if (!machines.includes(target.arn)) {
    const message = `The schedule ${name} has a target that is no state machine of the stack: ${target.arn}.`;
    throw new LocalCloudError(message);
  }
  return { attributes, target, due: dueTimes(schedule_expression, schedule_expression_timezone) };
}

function summarize({ attributes: { name, group_name, arn, state = 'ENABLED' }, target }: Schedule) {
  return { Name: name, GroupName: group_name, Arn: arn, State: state, Target: { Arn: target.arn } };
}

function describe(schedule: Schedule) {
  const { attributes, target } = schedule;
  return {
    ...summarize(schedule),
    Description: attributes.description,
    ScheduleExpression: attributes.schedule_expression,
    ScheduleExpressionTimezone: attributes.schedule_expression_timezone ?? 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: target.arn, RoleArn: target.role_arn, Input: target.input },
  };
}
