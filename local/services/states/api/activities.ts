import type { Activity } from '../run/activities';
import type { Engine } from '../run/engine';
import {
  activityArn,
  type Declaration,
  encryptionConfiguration,
  failure,
  name,
  operation,
  paging,
  parsePayload,
  payload,
  taskToken,
} from './operation';
import { page } from './page';

export function activityOperations(engine: Engine): Record<string, Declaration> {
  const { activities } = engine;
  const summarize = ({ activityArn, name, creationDate }: Activity) => ({ activityArn, name, creationDate });
  return {
    CreateActivity: operation(
      { name },
      ({ name }) => {
        const activityArn = engine.arn('activity', name);
        const { creationDate } = activities.byArn.get(activityArn) ?? activities.create(activityArn, name);
        return { activityArn, creationDate };
      },
      ({ name }) => engine.arn('activity', name),
    ),
    DescribeActivity: operation({ activityArn }, ({ activityArn }) => ({
      ...summarize(activities.find(activityArn)),
      encryptionConfiguration,
    })),
    DeleteActivity: operation({ activityArn }, ({ activityArn }) => activities.delete(activityArn)),
    ListActivities: operation(paging, (input) => {
      const { items, nextToken } = page(activities.byArn.values(), input);
      return { activities: items.map(summarize), nextToken };
    }),
    GetActivityTask: operation(
      { activityArn, workerName: name.optional() },
      async ({ activityArn, workerName }, context) => {
        const task = await activities.poll(activities.find(activityArn), workerName, context);
        return task ? { taskToken: task.token, input: task.request.input } : {};
      },
    ),
    SendTaskHeartbeat: operation({ taskToken }, ({ taskToken }) => activities.heartbeat(taskToken)),
    SendTaskSuccess: operation({ taskToken, output: payload }, ({ taskToken, output }) => {
      activities.succeed(taskToken, { text: output, value: parsePayload('output', output) });
    }),
    SendTaskFailure: operation({ taskToken, ...failure }, ({ taskToken, error, cause }) => {
      activities.fail(taskToken, error, cause);
    }),
  };
}
