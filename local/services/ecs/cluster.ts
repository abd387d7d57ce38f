/** An ECS cluster: its container instances, its tasks, and its DAEMON services. */
import { randomUUID } from 'node:crypto';
import type { Attributes } from '../../core/stack/stack';
import type { ContainerInstance, Instance } from './container-instance';
import type { DaemonService, TaskHost } from './daemon-service';
import type { Task } from './task';

/** ECS lists stopped tasks for an hour; here at most this many of them. */
const STOPPED_TASK_MILLISECONDS = 3_600_000;
const MAX_STOPPED_TASKS = 1_000;

export class Cluster implements TaskHost {
  readonly name: string;
  readonly arn: string;
  readonly instances = new Map<string, ContainerInstance>();
  readonly tasks = new Map<string, Task>();
  readonly services = new Map<string, DaemonService>();

  constructor({ name, arn }: Attributes) {
    this.name = name;
    this.arn = arn;
  }

  has(instance: Instance): boolean {
    return this.find(instance) !== undefined;
  }

  register(instance: Instance): void {
    const arn = `${this.arn.replace(':cluster/', ':container-instance/')}/${randomUUID().replaceAll('-', '')}`;
    this.instances.set(arn, { arn, status: 'ACTIVE', instance, registeredAt: new Date() });
    for (const service of this.services.values()) service.reconcile();
  }

  /** Managed draining: the instance takes no more tasks; resolves when those it has have stopped. */
  async drain(instance: Instance): Promise<void> {
    const containerInstance = this.find(instance);
    if (!containerInstance) return;
    containerInstance.status = 'DRAINING';
    const deploymentOf = ({ options }: Task) =>
      this.services.get(options.group.replace('service:', ''))?.deploymentId;
    await Promise.all(
      this.tasksOn(containerInstance).map((task) =>
        task.stop(
          'ServiceSchedulerInitiated',
          `Scaling activity initiated by (deployment ${deploymentOf(task)})`,
        ),
      ),
    );
  }

  /** The instance is gone, and whatever still ran on it. */
  async deregister(instance: Instance): Promise<void> {
    const containerInstance = this.find(instance);
    if (!containerInstance) return;
    this.instances.delete(containerInstance.arn);
    const reason = `Host EC2 (instance ${instance.id}) terminated.`;
    await Promise.all(
      this.tasksOn(containerInstance).map((task) => {
        const stopped = task.stop('TerminationNotice', reason);
        task.kill();
        return stopped;
      }),
    );
  }

  /** Tasks that have not stopped. */
  tasksOn({ arn }: ContainerInstance): Task[] {
    return [...this.tasks.values()].filter(
      ({ options, lastStatus }) => options.containerInstanceArn === arn && lastStatus !== 'STOPPED',
    );
  }

  add(task: Task): void {
    this.tasks.set(task.arn, task);
    const stopped = [...this.tasks.values()].filter(({ stoppedAt }) => stoppedAt);
    for (const [index, { arn, stoppedAt }] of stopped.entries()) {
      const isOld = Date.now() - (stoppedAt?.getTime() ?? 0) > STOPPED_TASK_MILLISECONDS;
      if (isOld || index < stopped.length - MAX_STOPPED_TASKS) this.tasks.delete(arn);
    }
  }

  async close(): Promise<void> {
    for (const service of this.services.values()) service.close();
    const running = [...this.tasks.values()].filter(({ lastStatus }) => lastStatus !== 'STOPPED');
    await Promise.all(
      running.map((task) => task.stop('ServiceSchedulerInitiated', 'The local cloud is closing')),
    );
  }

  private find(instance: Instance): ContainerInstance | undefined {
    return [...this.instances.values()].find((candidate) => candidate.instance === instance);
  }
}
