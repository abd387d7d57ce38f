/** The ECS service: one worker task on every instance of the cluster. */
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  type Task,
} from '@aws-sdk/client-ecs';

export interface ServiceName {
  cluster: string;
  service: string;
}

/** Tasks in state RUNNING. */
export async function countRunning(ecs: ECSClient, { cluster, service }: ServiceName): Promise<number> {
  const answer = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const found = answer.services?.[0];
  if (!found) throw new Error(`There is no ECS service ${service} in the cluster ${cluster}`);
  return found.runningCount ?? 0;
}

export interface StartFailures {
  count: number;
  firstAt: Date;
  /** ECS's own words for the latest. */
  reason: string;
}

/**
 * Tasks since `since` that never ran (image missing, say) or ended by themselves; undefined if there are none. ECS lists
 * stopped tasks for an hour.
 */
export async function readStartFailures(
  ecs: ECSClient,
  { cluster, service }: ServiceName,
  since: Date,
): Promise<StartFailures | undefined> {
  const { taskArns } = await ecs.send(
    new ListTasksCommand({ cluster, serviceName: service, desiredStatus: 'STOPPED', maxResults: 100 }),
  );
  if (!taskArns?.length) return undefined;
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  const failed = (tasks ?? [])
    .filter(({ stopCode }) => stopCode === 'TaskFailedToStart' || stopCode === 'EssentialContainerExited')
    .filter((task) => task.createdAt && task.createdAt >= since)
    .sort((a, b) => stoppedAt(a) - stoppedAt(b));
  const [first, latest] = [failed[0], failed.at(-1)];
  if (!first || !latest) return undefined;
  return { count: failed.length, firstAt: new Date(stoppedAt(first)), reason: describeStop(latest) };
}

function stoppedAt({ stoppedAt, stoppingAt, createdAt }: Task): number {
  return (stoppedAt ?? stoppingAt ?? createdAt ?? new Date(0)).getTime();
}

function describeStop({ stoppedReason, containers }: Task): string {
  const container = containers?.find(({ exitCode, reason }) => reason || exitCode);
  const exit = container?.exitCode === undefined ? '' : `exit code ${container.exitCode}`;
  return [stoppedReason, container?.reason, exit].filter(Boolean).join('; ');
}
