/** Amazon ECS: the API of clusters, services, tasks and container instances. */
import { page } from '../pages';
import { type Authorization, type OperationsService, ServiceError } from '../service';
import type { Attributes } from '../stack/stack';
import type { Cluster, ContainerInstance } from './cluster';
import {
  describeCluster,
  describeInstance,
  describeService,
  describeTask,
  describeTaskDefinition,
} from './ecs-shapes';

interface ClusterInput {
  cluster?: string;
}
interface ListInput extends ClusterInput {
  nextToken?: string;
  maxResults?: number;
}
interface ListTasksInput extends ListInput {
  desiredStatus?: 'RUNNING' | 'PENDING' | 'STOPPED';
  family?: string;
  serviceName?: string;
  containerInstance?: string;
  startedBy?: string;
  launchType?: string;
}

export interface EcsOptions {
  clusters: Cluster[];
  taskDefinitions: Attributes[];
  capacityProviders: Attributes[];
}

const last = (arn: string) => arn.split('/').at(-1) ?? arn;
const missing = (arn: string) => ({ arn, reason: 'MISSING' });

export function createEcs({ clusters, taskDefinitions, capacityProviders }: EcsOptions): OperationsService {
  const find = ({ cluster = 'default' }: ClusterInput): Cluster => {
    const found = clusters.find(({ name }) => name === last(cluster));
    if (!found) throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
    return found;
  };
  /** The resource as the service authorization reference names it, on the condition of its cluster. */
  const within =
    (action: string, kind: string, names: (input: never) => string[]) =>
    (input: ClusterInput): Authorization => {
      const cluster = clusters.find(({ name }) => name === last(input.cluster ?? 'default'));
      if (!cluster) return { action: `ecs:${action}`, resources: ['*'] };
      const base = cluster.arn.replace(':cluster/', `:${kind}/`);
      const resources = names(input as never).map((name) => `${base}/${last(name)}`);
      return { action: `ecs:${action}`, resources, conditionKeys: { 'ecs:cluster': cluster.arn } };
    };
  const lookUp = <Item>(names: string[], look: (name: string) => Item | undefined) => {
    const found = names.map((name) => look(name));
    return {
      found: found.filter((item): item is Awaited<Item> => item !== undefined),
      failures: names.filter((_, index) => found[index] === undefined).map(missing),
    };
  };
  const instanceOf = (cluster: Cluster, name: string): ContainerInstance | undefined =>
    [...cluster.instances.values()].find(({ arn }) => last(arn) === last(name));

  return {
    name: 'ecs',
    protocol: 'json',
    operations: {
      ListClusters: { run: () => ({ clusterArns: clusters.map(({ arn }) => arn) }) },
      DescribeClusters: {
        run(input: { clusters?: string[] }) {
          const { found, failures } = lookUp(input.clusters ?? ['default'], (cluster) =>
            clusters.find(({ name }) => name === last(cluster)),
          );
          return { clusters: found.map(describeCluster), failures };
        },
      },
      ListServices: {
        run(input: ListInput) {
          const arns = [...find(input).services.values()].map(({ arn }) => arn);
          const { items, nextToken } = page(arns, input.nextToken, input.maxResults ?? 10);
          return { serviceArns: items, nextToken };
        },
      },
      DescribeServices: {
        authorize: within('DescribeServices', 'service', ({ services }: { services: string[] }) => services),
        run(input: ClusterInput & { services: string[] }) {
          const cluster = find(input);
          const { found, failures } = lookUp(input.services, (name) => cluster.services.get(last(name)));
          return { services: found.map((service) => describeService(service, cluster)), failures };
        },
      },
      ListTasks: {
        authorize: within('ListTasks', 'container-instance', ({ containerInstance }: ListTasksInput) => [
          containerInstance ?? 'any',
        ]),
        run(input: ListTasksInput) {
          const cluster = find(input);
          const { serviceName, family, containerInstance, startedBy, launchType = 'EC2' } = input;
          if (serviceName !== undefined && !cluster.services.has(last(serviceName))) {
            throw new ServiceError('ServiceNotFoundException', 'Service not found.');
          }
          const arns = [...cluster.tasks.values()]
            .filter(({ desiredStatus }) => desiredStatus === (input.desiredStatus ?? 'RUNNING'))
            .filter(
              ({ options }) => serviceName === undefined || options.group === `service:${last(serviceName)}`,
            )
            .filter(({ options }) => family === undefined || options.family === family)
            .filter(({ options }) => startedBy === undefined || options.startedBy === startedBy)
            .filter(
              ({ options }) =>
                containerInstance === undefined ||
                last(options.containerInstanceArn) === last(containerInstance),
            )
            .filter(() => launchType === 'EC2')
            .map(({ arn }) => arn);
          const { items, nextToken } = page(arns, input.nextToken, input.maxResults ?? 100);
          return { taskArns: items, nextToken };
        },
      },
      DescribeTasks: {
        authorize: within('DescribeTasks', 'task', ({ tasks }: { tasks: string[] }) => tasks),
        run(input: ClusterInput & { tasks: string[] }) {
          if (input.tasks.length > 100) {
            throw new ServiceError('InvalidParameterException', 'Tasks cannot exceed 100 elements.');
          }
          const { tasks } = find(input);
          const { found, failures } = lookUp(input.tasks, (name) =>
            [...tasks.values()].find(({ id }) => id === last(name)),
          );
          return { tasks: found.map(describeTask), failures };
        },
      },
      StopTask: {
        authorize: within('StopTask', 'task', ({ task }: { task: string }) => [task]),
        run(input: ClusterInput & { task: string; reason?: string }) {
          const task = [...find(input).tasks.values()].find(({ id }) => id === last(input.task));
          if (!task) {
            throw new ServiceError('InvalidParameterException', 'The referenced task was not found.');
          }
          void task.stop('UserInitiated', input.reason ?? 'Task stopped by user');
          return { task: describeTask(task) };
        },
      },
      ListContainerInstances: {
        run(input: ListInput & { status?: string }) {
          const arns = [...find(input).instances.values()]
            .filter(({ status }) => input.status === undefined || status === input.status)
            .map(({ arn }) => arn);
          const { items, nextToken } = page(arns, input.nextToken, input.maxResults ?? 100);
          return { containerInstanceArns: items, nextToken };
        },
      },
      DescribeContainerInstances: {
        run(input: ClusterInput & { containerInstances: string[] }) {
          const cluster = find(input);
          const { found, failures } = lookUp(input.containerInstances, (name) => instanceOf(cluster, name));
          return {
            containerInstances: found.map((instance) => describeInstance(instance, cluster)),
            failures,
          };
        },
      },
      UpdateContainerInstancesState: {
        run(input: ClusterInput & { containerInstances: string[]; status: 'ACTIVE' | 'DRAINING' }) {
          const cluster = find(input);
          const { found, failures } = lookUp(input.containerInstances, (name) => instanceOf(cluster, name));
          for (const instance of found) cluster.setStatus(instance, input.status);
          return {
            containerInstances: found.map((instance) => describeInstance(instance, cluster)),
            failures,
          };
        },
      },
      DescribeTaskDefinition: {
        run(input: { taskDefinition: string }) {
          const [family, revision = '1'] = last(input.taskDefinition).split(':');
          const found = taskDefinitions.find((candidate) => candidate.family === family && revision === '1');
          if (!found) throw new ServiceError('ClientException', 'Unable to describe task definition.');
          return { taskDefinition: describeTaskDefinition(found) };
        },
      },
      DescribeCapacityProviders: {
        run(input: { capacityProviders?: string[] }) {
          const found = capacityProviders.filter(
            ({ name }) => input.capacityProviders?.map(last).includes(name) ?? true,
          );
          return {
            capacityProviders: found.map(({ name, arn, auto_scaling_group_provider: provider }) => ({
              name,
              capacityProviderArn: arn,
              status: 'ACTIVE',
              autoScalingGroupProvider: {
                autoScalingGroupArn: provider.auto_scaling_group_arn,
                managedScaling: { status: provider.managed_scaling?.status ?? 'DISABLED' },
                managedTerminationProtection: provider.managed_termination_protection ?? 'DISABLED',
                managedDraining: provider.managed_draining ?? 'ENABLED',
              },
            })),
            failures: [],
          };
        },
      },
    },
  };
}
