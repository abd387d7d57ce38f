/** Operations on clusters. */
import * as z from 'zod';
import { type Operation, operation } from '../../../core/service';
import type { Cluster } from '../cluster';
import { type Clusters, count, described, listed, named, paging } from './members';

export function clusterOperations(clusters: Clusters): Record<string, Operation> {
  return {
    ListClusters: operation({
      input: z.object(paging),
      run(input) {
        const arns = clusters.all.map(({ arn }) => arn);
        return listed('clusterArns', arns, input);
      },
    }),
    DescribeClusters: operation({
      input: z.object({ clusters: named('Clusters', 100).default(['default']) }),
      run: (input) => described('clusters', clusters.all, input.clusters, describeCluster),
    }),
  };
}

function describeCluster({ arn, name, tasks, instances, services }: Cluster) {
  return {
    clusterArn: arn,
    clusterName: name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: instances.size,
    runningTasksCount: count([...tasks.values()], 'RUNNING'),
    pendingTasksCount: count([...tasks.values()], 'PENDING'),
    activeServicesCount: services.size,
  };
}
