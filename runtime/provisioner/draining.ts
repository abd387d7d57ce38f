/** Instances that ECS drains though the group keeps them, because somebody set them to DRAINING: they run no worker, and cost the same. */
import type { Instance } from '@aws-sdk/client-auto-scaling';
import {
  type ContainerInstance,
  DescribeContainerInstancesCommand,
  type ECSClient,
  ListTasksCommand,
  paginateListContainerInstances,
} from '@aws-sdk/client-ecs';
import { describeTasks } from './service';
import type { EndingInstance } from './terminating';

/** Those of `instances` that are in service and drain. `cluster`: its name. */
export async function readDraining(
  ecs: ECSClient,
  cluster: string,
  instances: readonly Instance[],
): Promise<EndingInstance[]> {
  const inService = instances.filter(({ LifecycleState }) => LifecycleState === 'InService');
  const ids = new Set(inService.map(({ InstanceId }) => InstanceId));
  const found: EndingInstance[] = [];
  const pages = paginateListContainerInstances({ client: ecs }, { cluster, status: 'DRAINING' });
  for await (const { containerInstanceArns = [] } of pages) {
    if (containerInstanceArns.length === 0) continue;
    const command = new DescribeContainerInstancesCommand({
      cluster,
      containerInstances: containerInstanceArns,
    });
    const { containerInstances = [] } = await ecs.send(command);
    for (const each of containerInstances) {
      // The cluster keeps an instance whose agent had gone before the instance did.
      if (!each.ec2InstanceId || !ids.has(each.ec2InstanceId)) continue;
      found.push({
        instanceId: each.ec2InstanceId,
        since: await drainingSince(ecs, cluster, each),
        state: 'draining',
      });
    }
  }
  return found;
}

/**
 * ECS does not say when draining began. It told the worker to stop then, and remembers the task for an hour; without one the instance drains for
 * longer, or has never had a worker.
 */
async function drainingSince(
  ecs: ECSClient,
  cluster: string,
  { containerInstanceArn, registeredAt = new Date() }: ContainerInstance,
): Promise<Date> {
  const command = new ListTasksCommand({
    cluster,
    containerInstance: containerInstanceArn,
    desiredStatus: 'STOPPED',
  });
  const { taskArns } = await ecs.send(command);
  const tasks = await describeTasks(ecs, cluster, taskArns);
  const told = tasks.map(({ stoppingAt, stoppedAt }) => (stoppingAt ?? stoppedAt ?? registeredAt).getTime());
  return new Date(Math.max(registeredAt.getTime(), ...told));
}
