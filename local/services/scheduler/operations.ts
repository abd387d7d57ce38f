/** EventBridge Scheduler's API: look. */
import * as z from 'zod';
import { queryInteger, text } from '../../core/members';
import { page } from '../../core/pages';
import { type OperationsService, operation, ServiceError } from '../../core/service';
import type { Schedule, Schedules } from './schedules';

const Name = text(1, 64).regex(/^[0-9a-zA-Z-_.]+$/);
const paging = { NextToken: text(1, 2_048).optional(), MaxResults: queryInteger(1, 100).default(100) };
const pagingQuery = { NextToken: 'NextToken', MaxResults: 'MaxResults' };

export function schedulerService(schedules: Schedules): OperationsService {
  return {
    name: 'scheduler',
    protocol: 'rest-json',
    operations: {
      ListSchedules: operation({
        http: {
          method: 'GET',
          path: '/schedules',
          query: { GroupName: 'ScheduleGroup', NamePrefix: 'NamePrefix', ...pagingQuery },
        },
        input: z.object({ NamePrefix: Name.optional(), GroupName: Name.optional(), ...paging }),
        run: ({ NamePrefix = '', GroupName, NextToken, MaxResults }) => {
          const found = schedules.all.filter(
            ({ attributes: { name, group_name } }) =>
              name.startsWith(NamePrefix) && (GroupName ?? group_name) === group_name,
          );
          const { items, nextToken } = page(found, NextToken, MaxResults, 'ValidationException');
          return { Schedules: items.map(summarize), NextToken: nextToken };
        },
      }),
      GetSchedule: operation({
        http: { method: 'GET', path: '/schedules/{Name}', query: { GroupName: 'groupName' } },
        input: z.object({ Name, GroupName: Name.default('default') }),
        authorize: (input) => ({
          action: 'scheduler:GetSchedule',
          resources: [schedules.find(input.Name)?.attributes.arn ?? '*'],
        }),
        run: (input) => {
          const found = schedules.find(input.Name);
          if (found?.attributes.group_name === input.GroupName) return describe(found);
          const message = `Schedule ${input.Name} does not exist.`;
          throw new ServiceError('ResourceNotFoundException', message, 404);
        },
      }),
      ListScheduleGroups: operation({
        http: { method: 'GET', path: '/schedule-groups', query: pagingQuery },
        input: z.object(paging),
        run: ({ NextToken, MaxResults }) => {
          const { items, nextToken } = page(
            [...schedules.groups],
            NextToken,
            MaxResults,
            'ValidationException',
          );
          const described = items.map(({ name, arn }) => ({ Name: name, Arn: arn, State: 'ACTIVE' }));
          return { ScheduleGroups: described, NextToken: nextToken };
        },
      }),
    },
  };
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
