/** Amazon ECS: the API of clusters, services, tasks and container instances. */
import { z } from 'zod';
import { failsWith } from '../../core/members';
import { page } from '../../core/pages';
import { type Authorization, type OperationsService, operation, ServiceError } from '../../core/service';
import type { Cluster, ContainerInstance } from './cluster';
import type { DaemonService } from './daemon-service';
import type { Task } from './task';

/** Code of every error for input, as ECS has it. */
const INVALID = 'InvalidParameterException';

/** Name or ARN. */
const cluster = z.string().default('default');
const paging = { nextToken: z.string().optional(), maxResults: z.int().min(1).max(100).default(100) };
/** Names or ARNs. @param what as ECS calls them in its errors */
const named = (what: string, maximum: number) =>
  z
    .array(z.unknown())
    .refine(
      ({ length }) => length > 0,
      failsWith(INVALID, () => `${what} cannot be empty.`),
    )
    .refine(
      ({ length }) => length <= maximum,
      failsWith(INVALID, () => `${what} cannot exceed ${maximum} elements.`),
    )
    .pipe(z.array(z.string()));

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html */
const INSTANCE_STATES = [
  'ACTIVE',
  'DRAINING',
  'REGISTERING',
  'DEREGISTERING',
  'REGISTRATION_FAILED',
] as const;

interface ClusterInput {
  cluster: string;
}
interface PagingInput {
  nextToken?: string;
  maxResults: number;
}

const last = (arn: string) => arn.split('/').at(-1) ?? arn;
const count = (tasks: Task[], status: Task['lastStatus']) =>
  tasks.filter(({ lastStatus }) => lastStatus === status).length;

export function createEcs(clusters: Cluster[]): OperationsService {
  const look = (input: ClusterInput) => clusters.find(({ name }) => name === last(input.cluster));
  const find = (input: ClusterInput): Cluster => {
    const found = look(input);
    if (!found) throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
    return found;
  };
  /** The resource as the service authorization reference names it, on the condition of its cluster. */
  const within =
    <Input extends ClusterInput>(action: string, kind: string, names: (input: Input) => string[]) =>
    (input: Input): Authorization => {
      const cluster = look(input);
      if (!cluster) return { action: `ecs:${action}`, resources: ['*'] };
      const base = cluster.arn.replace(':cluster/', `:${kind}/`);
      const resources = names(input).map((name) => `${base}/${last(name)}`);
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
  const listed = (member: string, arns: string[], { nextToken, maxResults }: PagingInput) => {
    const { items, nextToken: next } = page(arns, nextToken, maxResults);
    return { [member]: items, nextToken: next };
  };

  return {
    name: 'ecs',
    protocol: 'json',
    invalidInput: INVALID,
    operations: {
      ListClusters: operation({
        input: z.object(paging),
        run(input) {
          const arns = clusters.map(({ arn }) => arn);
          return listed('clusterArns', arns, input);
        },
      }),
      DescribeClusters: operation({
        input: z.object({ clusters: named('Clusters', 100).default(['default']) }),
        run: (input) => described('clusters', clusters, input.clusters, describeCluster),
      }),
      ListServices: operation({
        input: z.object({ cluster, ...paging }),
        run(input) {
          const arns = [...find(input).services.values()].map(({ arn }) => arn);
          return listed('serviceArns', arns, input);
        },
      }),
      DescribeServices: operation({
        input: z.object({ cluster, services: named('Services', 10) }),
        authorize: within(
          'DescribeServices',
          'service',
          ({ services }: { services: string[] } & ClusterInput) => services,
        ),
        run(input) {
          const cluster = find(input);
          return described('services', cluster.services.values(), input.services, (service) =>
            describeService(service, cluster),
          );
        },
      }),
      ListTasks: operation({
        input: z.object({
          cluster,
          desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).default('RUNNING'),
          serviceName: z.string().optional(),
          containerInstance: z.string().optional(),
          ...paging,
        }),
        authorize: within(
          'ListTasks',
          'container-instance',
          ({ containerInstance }: { containerInstance?: string } & ClusterInput) => [
            containerInstance ?? 'any',
          ],
        ),
        run(input) {
          const { serviceName, containerInstance, desiredStatus } = input;
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
          return listed('taskArns', arns, input);
        },
      }),
      DescribeTasks: operation({
        input: z.object({ cluster, tasks: named('Tasks', 100) }),
        authorize: within('DescribeTasks', 'task', ({ tasks }: { tasks: string[] } & ClusterInput) => tasks),
        run: (input) => described('tasks', find(input).tasks.values(), input.tasks, describeTask),
      }),
      ListContainerInstances: operation({
        input: z.object({ cluster, status: z.enum(INSTANCE_STATES).optional(), ...paging }),
        authorize: (input) => ({
          action: 'ecs:ListContainerInstances',
          resources: [look(input)?.arn ?? '*'],
        }),
        run(input) {
          const instances = [...find(input).instances.values()].filter(
            ({ status }) => input.status === undefined || status === input.status,
          );
          const arns = instances.map(({ arn }) => arn);
          return listed('containerInstanceArns', arns, input);
        },
      }),
      DescribeContainerInstances: operation({
        input: z.object({ cluster, containerInstances: named('Container instances', 100) }),
        authorize: within(
          'DescribeContainerInstances',
          'container-instance',
          ({ containerInstances }: { containerInstances: string[] } & ClusterInput) => containerInstances,
        ),
        run(input) {
          const cluster = find(input);
          return described(
            'containerInstances',
            cluster.instances.values(),
            input.containerInstances,
            (instance) => describeInstance(instance, cluster),
          );
        },
      }),
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
