/** Clusters, services, tasks and container instances as the ECS API describes them. */
import type { Attributes } from '../stack/stack';
import type { Cluster, ContainerInstance } from './cluster';
import type { DaemonService } from './daemon-service';
import type { Task } from './task';

const running = (tasks: Task[]) => tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
const pending = (tasks: Task[]) =>
  tasks.filter(({ lastStatus }) => lastStatus === 'PENDING' || lastStatus === 'PROVISIONING').length;

export function describeCluster(cluster: Cluster) {
  const tasks = [...cluster.tasks.values()];
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: cluster.instances.size,
    runningTasksCount: running(tasks),
    pendingTasksCount: pending(tasks),
    activeServicesCount: cluster.services.size,
  };
}

export function describeService(service: DaemonService, cluster: Cluster) {
  const { attributes, desiredCount, tasks } = service;
  const counts = { desiredCount, runningCount: running(tasks), pendingCount: pending(tasks) };
  const common = { launchType: attributes.launch_type ?? 'EC2', taskDefinition: attributes.task_definition };
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: cluster.arn,
    status: 'ACTIVE',
    schedulingStrategy: attributes.scheduling_strategy,
    createdAt: service.createdAt,
    ...counts,
    ...common,
    deploymentConfiguration: {
      maximumPercent: attributes.deployment_maximum_percent,
      minimumHealthyPercent: attributes.deployment_minimum_healthy_percent,
    },
    deployments: [
      {
        id: service.deploymentId,
        status: 'PRIMARY',
        ...counts,
        ...common,
        createdAt: service.createdAt,
        rolloutState: counts.runningCount >= desiredCount ? 'COMPLETED' : 'IN_PROGRESS',
      },
    ],
    events: service.events,
  };
}

export function describeTask(task: Task) {
  const { options, definition, end } = task;
  return {
    taskArn: task.arn,
    clusterArn: options.clusterArn,
    containerInstanceArn: options.containerInstanceArn,
    taskDefinitionArn: options.taskDefinitionArn,
    group: options.group,
    startedBy: options.startedBy,
    launchType: 'EC2',
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    createdAt: task.createdAt,
    startedAt: task.startedAt,
    stoppingAt: task.stoppingAt,
    stoppedAt: task.stoppedAt,
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    containers: [
      {
        containerArn: `${task.arn.replace(':task/', ':container/')}/${task.id.slice(0, 8)}`,
        taskArn: task.arn,
        name: definition.name,
        image: definition.image,
        lastStatus: task.lastStatus,
        exitCode: end?.exitCode,
        reason: end?.reason,
        // Docker's id of the container; the process's is what a person on this machine can use.
        runtimeId: task.pid === undefined ? undefined : String(task.pid),
      },
    ],
  };
}

export function describeInstance(
  { arn, status, instance, registeredAt }: ContainerInstance,
  cluster: Cluster,
) {
  const tasks = [...cluster.tasks.values()].filter(({ options }) => options.containerInstanceArn === arn);
  return {
    containerInstanceArn: arn,
    ec2InstanceId: instance.id,
    status,
    agentConnected: true,
    runningTasksCount: running(tasks),
    pendingTasksCount: pending(tasks),
    registeredAt,
    attributes: [
      { name: 'ecs.instance-type', value: instance.type },
      { name: 'ecs.availability-zone', value: instance.availabilityZone },
    ],
  };
}

export function describeTaskDefinition(attributes: Attributes) {
  return {
    taskDefinitionArn: attributes.arn,
    family: attributes.family,
    revision: attributes.revision,
    status: 'ACTIVE',
    taskRoleArn: attributes.task_role_arn,
    executionRoleArn: attributes.execution_role_arn,
    networkMode: attributes.network_mode,
    requiresCompatibilities: attributes.requires_compatibilities,
    volumes: attributes.volume ?? [],
    containerDefinitions: JSON.parse(attributes.container_definitions),
  };
}
