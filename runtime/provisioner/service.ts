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

/** Tasks that run or are about to: a hundred of them, since one that runs is enough to start with. */
export async function readRunning(ecs: ECSClient, { cluster, service }: ServiceName): Promise<Task[]> {
  const command = new ListTasksCommand({ cluster, serviceName: service, desiredStatus: 'RUNNING' });
  const { taskArns } = await ecs.send(command);
  return describeTasks(ecs, cluster, taskArns);
}

/** Tasks that have stopped. ECS lists them for an hour, a hundred at a time, in no order. */
export async function readStopped(ecs: ECSClient, { cluster, service }: ServiceName): Promise<Task[]> {
  const found: Task[] = [];
  const stopped = { cluster, serviceName: service, desiredStatus: 'STOPPED' } as const;
  for await (const { taskArns } of paginateListTasks({ client: ecs }, stopped)) {
    found.push(...(await describeTasks(ecs, cluster, taskArns)));
  }
  return found;
}

/** A hundred of them at most. */
export async function describeTasks(ecs: ECSClient, cluster: string, tasks: string[] = []): Promise<Task[]> {
  if (tasks.length === 0) return [];
  const answer = await ecs.send(new DescribeTasksCommand({ cluster, tasks }));
  return answer.tasks ?? [];
}
