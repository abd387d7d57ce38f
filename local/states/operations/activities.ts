import type * as Sfn from '@aws-sdk/client-sfn';
import type { Activity } from '../activities';
import { arn, checkName } from '../arns';
import type { Engine } from '../engine';
import { validationError } from '../errors';
import { type Operations, onResource, page, parsePayload, requireMembers } from './operation';

/** Source: API reference, SendTaskFailure. */
const MAX_ERROR_LENGTH = 256;
const MAX_CAUSE_LENGTH = 32_768;

export function activityOperations({ activities, site }: Engine): Operations {
  const describe = ({ activityArn, name, creationDate }: Activity) => ({
    activityArn,
    name,
    creationDate,
  });
  return {
    CreateActivity: {
      authorize: ({ name }) => ({
        action: 'states:CreateActivity',
        resources: [arn(site, 'activity', `${name}`)],
      }),
      run: (input: Sfn.CreateActivityInput): Sfn.CreateActivityOutput => {
        requireMembers(input, 'name');
        const name = String(input.name);
        checkName(name);
        const activityArn = arn(site, 'activity', name);
        const { creationDate } = activities.byArn.get(activityArn) ?? activities.create(activityArn, name);
        return { activityArn, creationDate };
      },
    },
    DescribeActivity: onResource<Sfn.DescribeActivityInput, Sfn.DescribeActivityOutput>(
      'DescribeActivity',
      ['activityArn', 'activity'],
      ({ activityArn }) => describe(activities.find(String(activityArn))),
    ),
    DeleteActivity: onResource<Sfn.DeleteActivityInput, object>(
      'DeleteActivity',
      ['activityArn', 'activity'],
      ({ activityArn }) => {
        activities.delete(String(activityArn));
        return {};
      },
    ),
    ListActivities: {
      run: (input: Sfn.ListActivitiesInput): Sfn.ListActivitiesOutput => {
        const { items, nextToken } = page(activities.byArn.values(), input);
        return { activities: items.map(describe), nextToken };
      },
    },
    GetActivityTask: onResource<Sfn.GetActivityTaskInput, Sfn.GetActivityTaskOutput>(
      'GetActivityTask',
      ['activityArn', 'activity'],
      async ({ activityArn, workerName }, { signal }) => {
        const task = await activities.poll(activities.find(String(activityArn)), workerName, signal);
        return task ? { taskToken: task.token, input: task.input } : {};
      },
    ),
    SendTaskHeartbeat: {
      run: (input: Sfn.SendTaskHeartbeatInput) => {
        requireMembers(input, 'taskToken');
        activities.heartbeat(String(input.taskToken));
        return {};
      },
    },
    SendTaskSuccess: {
      run: (input: Sfn.SendTaskSuccessInput) => {
        requireMembers(input, 'taskToken', 'output');
        const output = String(input.output);
        parsePayload('output', output, 'InvalidOutput', 'Invalid Output');
        activities.succeed(String(input.taskToken), output);
        return {};
      },
    },
    SendTaskFailure: {
      run: (input: Sfn.SendTaskFailureInput) => {
        requireMembers(input, 'taskToken');
        const { taskToken, error, cause } = input;
        checkLength('error', error, MAX_ERROR_LENGTH);
        checkLength('cause', cause, MAX_CAUSE_LENGTH);
        activities.fail(String(taskToken), error, cause);
        return {};
      },
    },
  };
}

function checkLength(member: string, value: string | undefined, maximum: number): void {
  if (value === undefined || value.length <= maximum) return;
  throw validationError(member, value, `Member must have length less than or equal to ${maximum}`);
}
