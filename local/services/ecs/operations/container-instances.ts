/** Operations on container instances. */
import * as z from 'zod';
import { type Operation, operation } from '../../../core/service';
import type { Cluster } from '../cluster';
import type { ContainerInstance } from '../container-instance';
import {
  type ClusterInput,
  type Clusters,
  cluster,
  count,
  described,
  listed,
  named,
  paging,
} from './members';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html */
const INSTANCE_STATES = [
  'ACTIVE',
  'DRAINING',
  'REGISTERING',
  'DEREGISTERING',
  'REGISTRATION_FAILED',
] as const;

export function containerInstanceOperations(clusters: Clusters): Record<string, Operation> {
  return {
    ListContainerInstances: operation({
      input: z.object({ cluster, status: z.enum(INSTANCE_STATES).optional(), ...paging }),
      authorize: (input) => ({
        action: 'ecs:ListContainerInstances',
        resources: [clusters.look(input)?.arn ?? '*'],
      }),
      run(input) {
        const instances = [...clusters.find(input).instances.values()].filter(
          ({ status }) => input.status === undefined || status === input.status,
        );
        const arns = instances.map(({ arn }) => arn);
        return listed('containerInstanceArns', arns, input);
      },
    }),
    DescribeContainerInstances: operation({
      input: z.object({ cluster, containerInstances: named('Container instances', 100) }),
      authorize: clusters.within(
        'DescribeContainerInstances',
        'container-instance',
        ({ containerInstances }: { containerInstances: string[] } & ClusterInput) => containerInstances,
      ),
      run(input) {
        const cluster = clusters.find(input);
        return described(
          'containerInstances',
          cluster.instances.values(),
          input.containerInstances,
          (instance) => describeInstance(instance, cluster),
        );
      },
    }),
  };
}

function describeInstance(containerInstance: ContainerInstance, cluster: Cluster) {
  const { arn, status, instance, registeredAt } = containerInstance;
  return {
    containerInstanceArn: arn,
    ec2InstanceId: instance.id,
    status,
    agentConnected: true,
    runningTasksCount: count(cluster.tasksOn(containerInstance), 'RUNNING'),
    pendingTasksCount: count(cluster.tasksOn(containerInstance), 'PENDING'),
    registeredAt,
    attributes: [{ name: 'ecs.instance-type', value: instance.type }],
  };
}
