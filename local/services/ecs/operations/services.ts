/** Operations on services. */
import * as z from 'zod';
import { type Operation, operation } from '../../../core/service';
import type { Cluster } from '../cluster';
import type { DaemonService } from '../daemon-service';
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

export function serviceOperations(clusters: Clusters): Record<string, Operation> {
  return {
    ListServices: operation({
      input: z.object({ cluster, ...paging }),
      run(input) {
        const arns = [...clusters.find(input).services.values()].map(({ arn }) => arn);
        return listed('serviceArns', arns, input);
      },
    }),
    DescribeServices: operation({
      input: z.object({ cluster, services: named('Services', 10) }),
      authorize: clusters.within(
        'DescribeServices',
        'service',
        ({ services }: { services: string[] } & ClusterInput) => services,
      ),
      run(input) {
        const cluster = clusters.find(input);
        return described('services', cluster.services.values(), input.services, (service) =>
          describeService(service, cluster),
        );
      },
    }),
  };
}

function describeService(
  {
    arn,
    name,
    attributes,
    taskDefinitionArn,
    desiredCount,
    tasks,
    outdated,
    events,
    deploymentId,
  }: DaemonService,
  cluster: Cluster,
) {
  const rolloutState = outdated.length > 0 ? 'IN_PROGRESS' : 'COMPLETED';
  const counts = {
    desiredCount,
    runningCount: count(tasks, 'RUNNING'),
    pendingCount: count(tasks, 'PENDING'),
    taskDefinition: taskDefinitionArn,
  };
  return {
    serviceArn: arn,
    serviceName: name,
    clusterArn: cluster.arn,
    status: 'ACTIVE',
    launchType: 'EC2',
    schedulingStrategy: attributes.scheduling_strategy,
    ...counts,
    deployments: [{ id: deploymentId, status: 'PRIMARY', rolloutState, ...counts }],
    events,
  };
}
