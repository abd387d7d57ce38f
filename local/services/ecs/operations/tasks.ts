/** Operations on tasks. */
import * as z from 'zod';
import { type Operation, operation, ServiceError } from '../../../core/service';
import type { Task } from '../task';
import { type ClusterInput, type Clusters, cluster, described, last, listed, named, paging } from './members';

export function taskOperations(clusters: Clusters): Record<string, Operation> {
  return {
    ListTasks: operation({
      input: z.object({
        cluster,
        desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
        serviceName: z.string().optional(),
        containerInstance: z.string().optional(),
        ...paging,
      }),
      authorize: clusters.within(
        'ListTasks',
        'container-instance',
        ({ containerInstance }: { containerInstance?: string } & ClusterInput) => [
          containerInstance ?? 'any',
        ],
      ),
      run(input) {
        const { serviceName, containerInstance, desiredStatus } = input;
        const cluster = clusters.find(input);
        if (serviceName !== undefined && !cluster.services.has(last(serviceName))) {
          throw new ServiceError('ServiceNotFoundException', 'Service not found.');
        }
        const group = serviceName && `service:${last(serviceName)}`;
        const host = containerInstance && last(containerInstance);
        const arns = [...cluster.tasks.values()]
          .filter((task) => task.desiredStatus === desiredStatus)
          .filter(({ options }) => !group || options.group === group)
          .filter(({ options }) => !host || last(options.containerInstanceArn) === host)
          .map(({ arn }) => arn);
        return listed('taskArns', arns, input);
      },
    }),
    DescribeTasks: operation({
      input: z.object({ cluster, tasks: named('Tasks', 100) }),
      authorize: clusters.within(
        'DescribeTasks',
        'task',
        ({ tasks }: { tasks: string[] } & ClusterInput) => tasks,
      ),
      run: (input) => described('tasks', clusters.find(input).tasks.values(), input.tasks, describeTask),
    }),
  };
}

function describeTask(task: Task) {
  const { arn, id, options, lastStatus, desiredStatus, stopCode, stoppedReason, exitCode, reason, pid } =
    task;
  const { definition, clusterArn, containerInstanceArn, taskDefinitionArn, group, startedBy } = options;
  const { createdAt, startedAt, stoppingAt, stoppedAt } = task;
  const container = {
    containerArn: `${arn.replace(':task/', ':container/')}/${id.slice(0, 8)}`,
    taskArn: arn,
    name: definition.name,
    image: definition.image,
    lastStatus,
    exitCode,
    reason,
    // Docker's id of the container; a user of this machine needs the id of the process.
    runtimeId: pid === undefined ? undefined : String(pid),
  };
  return {
    ...{ taskArn: arn, clusterArn, containerInstanceArn, taskDefinitionArn, group, startedBy },
    ...{ launchType: 'EC2', lastStatus, desiredStatus, stopCode, stoppedReason, containers: [container] },
    ...{ createdAt, startedAt, stoppingAt, stoppedAt },
  };
}
