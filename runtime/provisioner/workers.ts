/** The ECS service: one worker task on every instance of the cluster. */
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  paginateListTasks,
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

/** When the worker that has run the longest was started; undefined if none runs. Of many, it looks at a hundred. */
export async function readRunningSince(
  ecs: ECSClient,
  { cluster, service }: ServiceName,
): Promise<Date | undefined> {
  const { taskArns } = await ecs.send(
    new ListTasksCommand({ cluster, serviceName: service, desiredStatus: 'RUNNING' }),
  );
  if (!taskArns?.length) return undefined;
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  const started = (tasks ?? []).filter(({ lastStatus }) => lastStatus === 'RUNNING');
  return started
    .flatMap(({ startedAt }) => startedAt ?? [])
    .reduce<Date | undefined>((first, date) => (first && first < date ? first : date), undefined);
}

export interface StartFailures {
  count: number;
  firstAt: Date;
  /** Seconds for which the one that ran the longest did. */
  longestSeconds: number;
  /** ECS's own words for the latest. */
  reason: string;
}

/** The tasks that have stopped. ECS lists them for an hour, a hundred at a time, in no order. */
export async function readStopped(ecs: ECSClient, { cluster, service }: ServiceName): Promise<Task[]> {
  const found: Task[] = [];
  const stopped = { cluster, serviceName: service, desiredStatus: 'STOPPED' } as const;
  for await (const { taskArns } of paginateListTasks({ client: ecs }, stopped)) {
    if (!taskArns?.length) continue;
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    found.push(...(tasks ?? []));
  }
  return found;
}

/** Tasks created since `since` that never ran (image missing, say) or ended by themselves; undefined if there are none. */
export function startFailures(stopped: Task[], since: Date): StartFailures | undefined {
  const failed = stopped.filter((task) => hasFailed(task) && task.createdAt && task.createdAt >= since);
  failed.sort((a, b) => stoppedAt(a) - stoppedAt(b));
  const [first, latest] = [failed[0], failed.at(-1)];
  if (!first || !latest) return undefined;
  return {
    count: failed.length,
    firstAt: new Date(stoppedAt(first)),
    longestSeconds: Math.max(...failed.map(secondsRun)),
    reason: describeStop(latest),
  };
}

/** When the last worker stopped that had run for at least so many seconds; the epoch if ECS remembers none. */
export function lastWorkedUntil(stopped: Task[], seconds: number): Date {
  return new Date(Math.max(0, ...stopped.filter((task) => secondsRun(task) >= seconds).map(stoppedAt)));
}

function hasFailed({ stopCode }: Task): boolean {
  return stopCode === 'TaskFailedToStart' || stopCode === 'EssentialContainerExited';
}

function secondsRun(task: Task): number {
  return task.startedAt ? (stoppedAt(task) - task.startedAt.getTime()) / 1000 : 0;
}

function stoppedAt({ stoppedAt, stoppingAt, createdAt }: Task): number {
  return (stoppedAt ?? stoppingAt ?? createdAt ?? new Date(0)).getTime();
}

function describeStop({ stoppedReason, containers }: Task): string {
  const container = containers?.find(({ exitCode, reason }) => reason || exitCode);
  const exit = container?.exitCode === undefined ? '' : `exit code ${container.exitCode}`;
  // ECS often gives the container's reason as the task's.
  return [...new Set([stoppedReason, container?.reason, exit])].filter(Boolean).join('; ');
}
