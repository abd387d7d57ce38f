/** An ECS cluster: its container instances, its tasks, and its DAEMON services. */
import { randomUUID } from 'node:crypto';
import type { Attributes } from '../stack/stack';
import type { DaemonService } from './daemon-service';
import type { Instance } from './fleet';
import type { Task } from './task';

export interface ContainerInstance {
  arn: string;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  instance: Instance;
  registeredAt: Date;
}

/** ECS lists stopped tasks for an hour; here no more than so many of them. */
const STOPPED_TASK_MILLISECONDS = 3_600_000;
const MAX_STOPPED_TASKS = 1_000;

export class Cluster {
  readonly name: string;
  readonly arn: string;
  readonly instances = new Map<string, ContainerInstance>();
  readonly tasks = new Map<string, Task>();
  readonly services = new Map<string, DaemonService>();

  constructor({ name, arn }: Attributes) {
    this.name = name;
    this.arn = arn;
  }

  register(instance: Instance): void {
    const arn = `${this.arn.replace(':cluster/', ':container-instance/')}/${randomUUID().replaceAll('-', '')}`;
    this.instances.set(arn, { arn, status: 'ACTIVE', instance, registeredAt: new Date() });
    this.schedule();
  }

  setStatus(containerInstance: ContainerInstance, status: 'ACTIVE' | 'DRAINING'): void {
    containerInstance.status = status;
    if (status === 'DRAINING') void this.stopTasks(containerInstance);
    else this.schedule();
  }

  /** Managed draining: the instance takes no more tasks; resolves when those it has have stopped. */
  async drain(instance: Instance): Promise<void> {
    const containerInstance = this.find(instance);
    if (!containerInstance) return;
    containerInstance.status = 'DRAINING';
    await this.stopTasks(containerInstance);
  }

  /** The instance is gone, and whatever still ran on it. */
  async deregister(instance: Instance): Promise<void> {
    const containerInstance = this.find(instance);
    if (!containerInstance) return;
    containerInstance.status = 'INACTIVE';
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
    const kept = stopped.slice(-MAX_STOPPED_TASKS);
    for (const old of stopped) {
      const age = Date.now() - (old.stoppedAt?.getTime() ?? 0);
      if (age > STOPPED_TASK_MILLISECONDS || !kept.includes(old)) this.tasks.delete(old.arn);
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

  private async stopTasks(containerInstance: ContainerInstance): Promise<void> {
    await Promise.all(
      this.tasksOn(containerInstance).map((task) => {
        const deployment = this.services.get(task.options.group.replace('service:', ''))?.deploymentId;
        return task.stop(
          'ServiceSchedulerInitiated',
          `Scaling activity initiated by (deployment ${deployment})`,
        );
      }),
    );
  }

  private schedule(): void {
    for (const service of this.services.values()) service.reconcile();
  }
}
