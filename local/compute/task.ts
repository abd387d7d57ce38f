/** One ECS task: its states, and its container. The stack's tasks have one container each. */
import { randomUUID } from 'node:crypto';
import { Container, type ContainerDefinition, type ContainerEnd, type ContainerOptions } from './container';

export type TaskStatus = 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'STOPPING' | 'STOPPED';
/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'UserInitiated'
  | 'ServiceSchedulerInitiated'
  | 'TerminationNotice';

export interface TaskOptions extends Omit<ContainerOptions, 'environment' | 'onLine'> {
  clusterArn: string;
  containerInstanceArn: string;
  taskDefinitionArn: string;
  taskRoleArn?: string;
  family: string;
  group: string;
  startedBy: string;
  environment(task: Task): Record<string, string>;
  onLine(task: Task, line: string): void;
  onStopped(task: Task): void;
}

export class Task {
  readonly id = randomUUID().replaceAll('-', '');
  readonly arn: string;
  readonly createdAt = new Date();
  startedAt?: Date;
  stoppingAt?: Date;
  stoppedAt?: Date;
  lastStatus: TaskStatus = 'PROVISIONING';
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING';
  stopCode?: StopCode;
  stoppedReason?: string;
  end?: ContainerEnd;
  private readonly container: Container;
  private stopped: Promise<void> | undefined;

  constructor(readonly options: TaskOptions) {
    this.arn = `${options.clusterArn.replace(':cluster/', ':task/')}/${this.id}`;
    this.container = new Container({
      ...options,
      environment: options.environment(this),
      onLine: (line) => options.onLine(this, line),
    });
  }

  get definition(): ContainerDefinition {
    return this.options.definition;
  }

  get pid(): number | undefined {
    return this.lastStatus === 'STOPPED' ? undefined : this.container.pid;
  }

  /** Resolves when the task has stopped. */
  run(): Promise<void> {
    this.stopped ??= this.live();
    return this.stopped;
  }

  /** Asks the task to stop, once; resolves when it has. */
  async stop(stopCode: StopCode, reason: string): Promise<void> {
    if (this.desiredStatus === 'RUNNING') {
      this.desiredStatus = 'STOPPED';
      this.stoppingAt = new Date();
      this.stopCode = stopCode;
      this.stoppedReason = reason;
      if (this.lastStatus === 'RUNNING') this.lastStatus = 'STOPPING';
      this.container.stop();
    }
    await this.stopped;
  }

  /** Ends it without another word. */
  kill(): void {
    this.container.kill();
  }

  private async live(): Promise<void> {
    this.lastStatus = 'PENDING';
    this.end = await this.container.start();
    if (!this.end) {
      this.startedAt = new Date();
      this.lastStatus = 'RUNNING';
      // Told to stop while it was being started, when there was no process to tell.
      if (this.desiredStatus === 'STOPPED') this.container.kill();
      this.end = await this.container.ended();
    }
    this.desiredStatus = 'STOPPED';
    this.stoppedAt = new Date();
    this.lastStatus = 'STOPPED';
    const { failedToStart, reason } = this.end;
    this.stopCode ??= failedToStart ? 'TaskFailedToStart' : 'EssentialContainerExited';
    this.stoppedReason ??= failedToStart && reason ? reason : 'Essential container in task exited';
    this.options.onStopped(this);
  }
}
