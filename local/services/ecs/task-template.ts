/** From a task definition of the stack to what each task of a service is made from. */
import type { Core } from '../../core/local-service';
import type { Attributes, Stack } from '../../core/stack/stack';
import type { Logs } from '../logs';
import type { TaskTemplate } from './daemon-service';
import { readSecrets } from './secrets';
import type { ContainerDefinition, Task } from './task';
import type { TaskEndpoints } from './task-endpoints';

export interface TaskSettings {
  /** Values of the secrets that containers get, by variable. ECS cannot read one that does not exist. Default: none. */
  secrets?: Record<string, string>;
  /** Overrides of the worker container's environment. */
  workerEnvironment?: Record<string, string>;
}

export interface TemplateContext {
  core: Core;
  logs: Logs;
  endpoints: TaskEndpoints;
  /** The content of images: a folder for each image's URI. */
  images: ReadonlyMap<string, string>;
  settings: TaskSettings;
}

/** The task definition that a service names. */
export function taskDefinitionOf(stack: Stack, service: Attributes): Attributes | undefined {
  return stack
    .resources('aws_ecs_task_definition')
    .map(({ attributes }) => attributes)
    .find(({ arn, family }) => [arn, family].includes(service.task_definition));
}

export function taskTemplate(
  definition: Attributes,
  { core, logs, endpoints, images, settings }: TemplateContext,
): TaskTemplate {
  const { processes, policies, faults, endpoint, stack } = core;
  const { secrets: values = {}, workerEnvironment } = settings;
  const [container] = JSON.parse(definition.container_definitions) as [ContainerDefinition];
  const log = container.logConfiguration?.options ?? {};
  const logStream = (task: Task) =>
    `${log['awslogs-stream-prefix'] ?? container.name}/${container.name}/${task.id}`;
  return {
    definition: container,
    processes,
    images,
    secrets: () =>
      readSecrets(container, definition.execution_role_arn, { ...stack.accountAndRegion, policies, values }),
    startFailure: () => faults.failureOf('workers', container.image),
    taskDefinitionArn: definition.arn,
    taskRoleArn: definition.task_role_arn,
    family: definition.family,
    environment: (task) => ({
      AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
      AWS_ENDPOINT_URL: endpoint,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...endpoints.register(task),
      ...Object.fromEntries((container.environment ?? []).map(({ name, value }) => [name, value])),
      ...workerEnvironment,
    }),
    onLine: (task, line) => logs.write(log['awslogs-group'] ?? '', logStream(task), line),
    onStopped: (task) => endpoints.unregister(task),
  };
}
