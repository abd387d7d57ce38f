/** Amazon ECS: the API of clusters, services, tasks and container instances. */
import { page } from '../pages';
import { type Authorization, type OperationsService, ServiceError } from '../service';
import type { Cluster, ContainerInstance } from './cluster';
import type { DaemonService } from './daemon-service';
import type { Task } from './task';

interface ClusterInput {
  cluster?: string;
}
interface ListTasksInput extends ClusterInput {
  desiredStatus?: 'RUNNING' | 'STOPPED';
  serviceName?: string;
  containerInstance?: string;
  nextToken?: string;
  maxResults?: number;
}

const last = (arn: string) => arn.split('/').at(-1) ?? arn;
const count = (tasks: Task[], status: Task['lastStatus']) =>
  tasks.filter(({ lastStatus }) => lastStatus === status).length;

export function createEcs(clusters: Cluster[]): OperationsService {
  const look = ({ cluster = 'default' }: ClusterInput) => clusters.find(({ name }) => name === last(cluster));
  const find = (input: ClusterInput): Cluster => {
    const found = look(input);
    if (!found) throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
    return found;
  };
  /** The resource as the service authorization reference names it, on the condition of its cluster. */
  const within =
    (action: string, kind: string, names: (input: never) => string[]) =>
    (input: ClusterInput): Authorization => {
      const cluster = look(input);
      if (!cluster) return { action: `ecs:${action}`, resources: ['*'] };
      const base = cluster.arn.replace(':cluster/', `:${kind}/`);
      const resources = names(input as never).map((name) => `${base}/${last(name)}`);
      return { action: `ecs:${action}`, resources, conditionKeys: { 'ecs:cluster': cluster.arn } };
    };
  /** Describes those of `items` that are named, and says which are not there. */
  const described = <Item extends { arn: string }>(
    member: string,
    items: Iterable<Item>,
    names: string[],
    describe: (item: Item) => object,
  ) => {
    const all = new Map([...items].map((item) => [last(item.arn), item]));
    return {
      [member]: names.flatMap((name) => all.get(last(name)) ?? []).map(describe),
      failures: names.filter((name) => !all.has(last(name))).map((arn) => ({ arn, reason: 'MISSING' })),
    };
  };

  return {
    name: 'ecs',
    protocol: 'json',
    operations: {
      ListClusters: { run: () => ({ clusterArns: clusters.map(({ arn }) => arn) }) },
      DescribeClusters: {
        run: (input: { clusters?: string[] }) =>
          described('clusters', clusters, input.clusters ?? ['default'], describeCluster),
      },
      ListServices: {
        run: (input: ClusterInput) => ({
          serviceArns: [...find(input).services.values()].map(({ arn }) => arn),
        }),
      },
      DescribeServices: {
        authorize: within('DescribeServices', 'service', ({ services }: { services: string[] }) => services),
        run(input: ClusterInput & { services: string[] }) {
          const cluster = find(input);
          return described('services', cluster.services.values(), input.services, (service) =>
            describeService(service, cluster),
          );
        },
      },
      ListTasks: {
        authorize: within('ListTasks', 'container-instance', ({ containerInstance }: ListTasksInput) => [
          containerInstance ?? 'any',
        ]),
        run(input: ListTasksInput) {
          const { serviceName, containerInstance, desiredStatus = 'RUNNING' } = input;
          const cluster = find(input);
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
          return described('tasks', find(input).tasks.values(), input.tasks, describeTask);
        },
      },
      ListContainerInstances: {
        run: (input: ClusterInput) => ({ containerInstanceArns: [...find(input).instances.keys()] }),
      },
      DescribeContainerInstances: {
        run(input: ClusterInput & { containerInstances: string[] }) {
          const cluster = find(input);
          return described(
            'containerInstances',
            cluster.instances.values(),
            input.containerInstances,
            (instance) => describeInstance(instance, cluster),
          );
        },
      },
    },
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

function describeService(
  { arn, name, attributes, desiredCount, tasks, events, deploymentId }: DaemonService,
  cluster: Cluster,
) {
  const counts = {
    desiredCount,
    runningCount: count(tasks, 'RUNNING'),
    pendingCount: count(tasks, 'PENDING'),
    taskDefinition: attributes.task_definition,
  };
  return {
    serviceArn: arn,
    serviceName: name,
    clusterArn: cluster.arn,
    status: 'ACTIVE',
    launchType: 'EC2',
    schedulingStrategy: attributes.scheduling_strategy,
    ...counts,
    deployments: [{ id: deploymentId, status: 'PRIMARY', rolloutState: 'COMPLETED', ...counts }],
    events,
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
    // Docker's id of the container; the process's is what a person on this machine can use.
    runtimeId: pid === undefined ? undefined : String(pid),
  };
  return {
    ...{ taskArn: arn, clusterArn, containerInstanceArn, taskDefinitionArn, group, startedBy },
    ...{ launchType: 'EC2', lastStatus, desiredStatus, stopCode, stoppedReason, containers: [container] },
    ...{ createdAt, startedAt, stoppingAt, stoppedAt },
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
