/**
 * An ECS service with DAEMON scheduling: one task on every active container instance, replaced when it stops. A deployment stops the
 * tasks of the one before, as many at a time as the minimum healthy percent allows, and so makes room for its own.
 */
import { randomInt, randomUUID } from 'node:crypto';
import type { Attributes } from '../../core/stack/stack';
import type { ContainerInstance } from './container-instance';
import { Task, type TaskOptions } from './task';

/** The cluster, as its services see it. */
export interface TaskHost {
  arn: string;
  /** By ARN. */
  instances: ReadonlyMap<string, ContainerInstance>;
  tasks: ReadonlyMap<string, Task>;
  /** Tasks that have not stopped. */
  tasksOn(instance: ContainerInstance): Task[];
  add(task: Task): void;
}

/** The options that every task of the service has in common. */
export type TaskTemplate = Omit<TaskOptions, 'clusterArn' | 'containerInstanceArn' | 'group' | 'startedBy'>;

const MAX_EVENTS = 100;
/** A task that lived for less has not started well. */
const HEALTHY_MILLISECONDS = 10_000;
/** ECS waits longer and longer before it starts a task that keeps failing; here from half a second to half a minute. */
const FIRST_BACKOFF_MILLISECONDS = 500;
const MAX_BACKOFF_MILLISECONDS = 30_000;

const newDeploymentId = () => `ecs-svc/${randomInt(1e14)}`;

export class DaemonService {
  readonly name: string;
  readonly arn: string;
  readonly createdAt = new Date();
  deploymentId = newDeploymentId();
  /** Newest first. */
  readonly events: { id: string; createdAt: Date; message: string }[] = [];
  /** Tasks in a row that stopped soon after they had started. */
  private failures = 0;
  private notBefore = 0;
  private timer: NodeJS.Timeout | undefined;
  private steady = true;
  private closed = false;

  constructor(
    readonly attributes: Attributes,
    private template: TaskTemplate,
    private readonly cluster: TaskHost,
  ) {
    this.name = attributes.name;
    this.arn = attributes.arn;
  }

  get taskDefinitionArn(): string {
    return this.template.taskDefinitionArn;
  }

  /** Tasks that are to run and belong to a deployment before this one. */
  get outdated(): Task[] {
    const { deploymentId } = this;
    return this.tasks.filter(
      ({ options, desiredStatus }) => desiredStatus === 'RUNNING' && options.startedBy !== deploymentId,
    );
  }

  /** A new deployment. */
  deploy(template: TaskTemplate): void {
    this.template = template;
    this.deploymentId = newDeploymentId();
    this.failures = 0;
    this.notBefore = 0;
    this.reconcile();
  }

  get tasks(): Task[] {
    return [...this.cluster.tasks.values()].filter(({ options }) => options.group === `service:${this.name}`);
  }

  get desiredCount(): number {
    return [...this.cluster.instances.values()].filter(({ status }) => status === 'ACTIVE').length;
  }

  /** Starts a task wherever one is missing, or waits until it may. */
  reconcile(): void {
    if (this.closed) return;
    const missing = [...this.cluster.instances.values()].filter(
      (instance) => instance.status === 'ACTIVE' && !this.hasTask(instance),
    );
    const wait = this.notBefore - Date.now();
    if (missing.length > 0 && wait > 0) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.reconcile(), wait);
      return;
    }
    for (const instance of missing) void this.start(instance);
    const { outdated } = this;
    this.replace(outdated);
    this.noteSteadiness(missing.length === 0 && outdated.length === 0);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private replace(outdated: Task[]): void {
    const isRunning = ({ lastStatus }: Task) => lastStatus === 'RUNNING';
    const minimum = Math.ceil((this.desiredCount * this.attributes.deployment_minimum_healthy_percent) / 100);
    const spare = Math.max(0, this.tasks.filter(isRunning).length - minimum);
    const running = outdated.filter(isRunning).slice(0, spare);
    for (const task of [...running, ...outdated.filter((task) => !isRunning(task))]) {
      const reason = `Scaling activity initiated by (deployment ${this.deploymentId})`;
      this.note(`has stopped 1 running tasks: (task ${task.id}).`);
      void task.stop('ServiceSchedulerInitiated', reason);
    }
  }

  private hasTask(instance: ContainerInstance): boolean {
    return this.cluster.tasksOn(instance).some(({ options }) => options.group === `service:${this.name}`);
  }

  private async start(instance: ContainerInstance): Promise<void> {
    const task = new Task({
      ...this.template,
      clusterArn: this.cluster.arn,
      containerInstanceArn: instance.arn,
      group: `service:${this.name}`,
      startedBy: this.deploymentId,
    });
    this.cluster.add(task);
    this.note(`has started 1 tasks: (task ${task.id}).`);
    await task.run();
    const lived = task.startedAt ? Date.now() - task.startedAt.getTime() : 0;
    if (task.stopCode === 'TaskFailedToStart' || task.stopCode === 'EssentialContainerExited') {
      this.failures = lived < HEALTHY_MILLISECONDS ? this.failures + 1 : 0;
    }
    this.backOff();
    this.reconcile();
  }

  private backOff(): void {
    if (this.failures === 0) return;
    if (this.failures === 2) {
      this.note(
        'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
      );
    }
    const backoff = FIRST_BACKOFF_MILLISECONDS * 2 ** (this.failures - 1);
    this.notBefore = Date.now() + Math.min(backoff, MAX_BACKOFF_MILLISECONDS);
  }

  private noteSteadiness(steady: boolean): void {
    if (steady && !this.steady) this.note('has reached a steady state.');
    this.steady = steady;
  }

  private note(message: string): void {
    this.events.unshift({
      id: randomUUID(),
      createdAt: new Date(),
      message: `(service ${this.name}) ${message}`,
    });
    this.events.length = Math.min(this.events.length, MAX_EVENTS);
  }
}
