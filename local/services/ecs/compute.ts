/** The stack's Auto Scaling groups and clusters: instances that join clusters, and services that run tasks on them. */
import { isDeepStrictEqual } from 'node:util';
import type { StackIdentities } from '../../core/iam/identities';
import type { Processes } from '../../core/processes/processes';
import type { OperationsService } from '../../core/service';
import type { Attributes, Stack } from '../../core/stack/stack';
import { AutoScalingGroup, type Instance } from '../autoscaling/auto-scaling-group';
import { createAutoScaling } from '../autoscaling/operations';
import type { LogStore } from '../logs/log-store';
import { Cluster } from './cluster';
import { DaemonService, type TaskTemplate } from './daemon-service';
import { createEcs } from './operations';
import { readSecrets, type SecretReader } from './secrets';
import type { ContainerDefinition, Task } from './task';
import { TaskEndpoints } from './task-endpoints';

export interface ComputeOptions {
  stack: Stack;
  processes: Processes;
  identities: StackIdentities;
  logs: LogStore;
  endpoint(): string;
  /** The content of images: a folder for each image's URI. */
  images: ReadonlyMap<string, string>;
  /** Seconds from an instance's launch to InService. */
  bootSeconds: number;
  /** Added to, or in the place of, the containers' own variables. */
  environment: Record<string, string>;
  /** Reads the secrets of containers. */
  secrets: SecretReader;
  /** Why an instance of this type is not launched, a worker of this image not started; undefined if it is. */
  failureOf(what: 'instances' | 'workers', subject: string): string | undefined;
}

export interface Compute {
  services: OperationsService[];
  endpoints: TaskEndpoints;
  autoScalingGroups: ReadonlyMap<string, AutoScalingGroup>;
  clusters: Cluster[];
  /** Deploys the task definitions of another synthesis of the stack: those that have changed, as a new revision. */
  update(stack: Stack): void;
  /** Launches the instances that the groups want from the beginning; the endpoint must be up. */
  start(): void;
  /** Closes the groups and stops the tasks: SIGTERM, and SIGKILL after `graceSeconds`. */
  close(graceSeconds: number): Promise<void>;
}

export function createCompute(options: ComputeOptions): Compute {
  const { stack } = options;
  const endpoints = new TaskEndpoints(options.endpoint, options.identities);
  const clusters = stack.resources('aws_ecs_cluster').map(({ attributes }) => new Cluster(attributes));
  /** The task definitions of services. */
  const deployed = new Map<DaemonService, Attributes>();
  for (const { attributes } of stack.resources('aws_ecs_service')) {
    const cluster = clusters.find(
      ({ arn, name }) => attributes.cluster === arn || attributes.cluster === name,
    );
    const definition = taskDefinitionOf(stack, attributes);
    if (!cluster || !definition) continue;
    const service = new DaemonService(attributes, taskTemplate(definition, options, endpoints), cluster);
    deployed.set(service, definition);
    cluster.services.set(service.name, service);
  }
  const deploy = (service: DaemonService, changed: Attributes) => {
    const revision = (deployed.get(service)?.revision ?? 0) + 1;
    const arn = changed.arn.replace(/:\d+$/, `:${revision}`);
    const definition = { ...changed, revision, arn };
    deployed.set(service, definition);
    service.deploy(taskTemplate(definition, options, endpoints));
  };
  const autoScalingGroups = new Map<string, AutoScalingGroup>();
  for (const { attributes } of stack.resources('aws_autoscaling_group')) {
    const group = createGroup(attributes, options, clusters);
    autoScalingGroups.set(group.name, group);
  }
  return {
    endpoints,
    autoScalingGroups,
    clusters,
    services: [createAutoScaling(autoScalingGroups), createEcs(clusters)],
    update(next) {
      for (const { attributes } of next.resources('aws_ecs_service')) {
        const service = clusters.flatMap(({ services }) => services.get(attributes.name) ?? [])[0];
        const definition = taskDefinitionOf(next, attributes);
        if (!service || !definition) continue;
        if (isDeepStrictEqual(withoutRevision(definition), withoutRevision(deployed.get(service)))) continue;
        deploy(service, definition);
      }
    },
    start() {
      const cause = 'a user request created an AutoScalingGroup changing the desired capacity';
      for (const group of autoScalingGroups.values()) group.reconcile(cause);
    },
    async close(graceSeconds) {
      for (const group of autoScalingGroups.values()) group.close();
      const stopped = Promise.all(clusters.map((cluster) => cluster.close()));
      const killTimer = setTimeout(() => {
        for (const cluster of clusters) for (const task of cluster.tasks.values()) task.kill();
      }, graceSeconds * 1000);
      await stopped;
      clearTimeout(killTimer);
    },
  };
}

function taskDefinitionOf(stack: Stack, service: Attributes): Attributes | undefined {
  return stack
    .resources('aws_ecs_task_definition')
    .map(({ attributes }) => attributes)
    .find(({ arn, family }) => [arn, family].includes(service.task_definition));
}

function withoutRevision({ revision: _, arn: __, ...content }: Attributes = {}): Attributes {
  return content;
}

function createGroup(attributes: Attributes, options: ComputeOptions, clusters: Cluster[]): AutoScalingGroup {
  const { stack, bootSeconds } = options;
  const templates = stack.resources('aws_launch_template').map(({ attributes }) => attributes);
  const mixed = first(first(attributes.mixed_instances_policy)?.launch_template);
  const id =
    first(attributes.launch_template)?.id ?? first(mixed?.launch_template_specification)?.launch_template_id;
  const launchTemplate = templates.find((template) => template.id === id) ?? {};
  // An instance joins the cluster that its user data tells the agent, if any.
  const userData = Buffer.from(launchTemplate.user_data ?? '', 'base64').toString('utf8');
  const clusterName = /ECS_CLUSTER=["']?([\w-]+)/.exec(userData)?.[1];
  const cluster = clusters.find(({ name }) => name === clusterName);
  return new AutoScalingGroup({
    accountAndRegion: stack.accountAndRegion,
    attributes,
    launchTemplate,
    bootSeconds,
    launchFailure: (type) => options.failureOf('instances', type),
    onInService: (instance: Instance) => cluster?.register(instance),
    drain: async (instance: Instance) => cluster?.drain(instance),
    onTerminated: (instance: Instance) => void cluster?.deregister(instance),
  });
}

function taskTemplate(
  definition: Attributes,
  options: ComputeOptions,
  endpoints: TaskEndpoints,
): TaskTemplate {
  const { logs, processes, images } = options;
  const [container] = JSON.parse(definition.container_definitions) as [ContainerDefinition];
  const log = container.logConfiguration?.options ?? {};
  const logStream = (task: Task) =>
    `${log['awslogs-stream-prefix'] ?? container.name}/${container.name}/${task.id}`;
  return {
    definition: container,
    processes,
    images,
    secrets: () => readSecrets(container, definition.execution_role_arn, options.secrets),
    startFailure: () => options.failureOf('workers', container.image),
    taskDefinitionArn: definition.arn,
    taskRoleArn: definition.task_role_arn,
    family: definition.family,
    environment: (task) => ({
      AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
      AWS_ENDPOINT_URL: options.endpoint(),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...endpoints.register(task),
      ...Object.fromEntries((container.environment ?? []).map(({ name, value }) => [name, value])),
      ...options.environment,
    }),
    onLine: (task, line) => logs.write(log['awslogs-group'] ?? '', logStream(task), line),
    onStopped: (task) => endpoints.unregister(task),
  };
}

/** A block of the stack that may stand alone or in a list. */
function first(block: Attributes | Attributes[] | undefined): Attributes | undefined {
  return Array.isArray(block) ? block[0] : block;
}
