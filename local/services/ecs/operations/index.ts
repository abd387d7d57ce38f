/** Amazon ECS's API. */
import type { OperationsService } from '../../../core/service';
import type { Cluster } from '../cluster';
import { clusterOperations } from './clusters';
import { containerInstanceOperations } from './container-instances';
import { Clusters, INVALID } from './members';
import { serviceOperations } from './services';
import { taskOperations } from './tasks';

export function ecsService(all: readonly Cluster[]): OperationsService {
  const clusters = new Clusters(all);
  return {
    name: 'ecs',
    protocol: 'json',
    invalidInput: INVALID,
    operations: {
      ...clusterOperations(clusters),
      ...serviceOperations(clusters),
      ...taskOperations(clusters),
      ...containerInstanceOperations(clusters),
    },
  };
}
