/** One ECS task: its states, and the process that is its container. The stack's tasks have one container each. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Child, Processes } from '../../core/processes/processes';

/** The parts of a container definition that make a difference here. */
export interface ContainerDefinition {
  name: string;
  image: string;
  command?: string[];
  entryPoint?: string[];
  environment?: { name: string; value: string }[];
  secrets?: { name: string; valueFrom: string }[];
  /** Seconds from SIGTERM to SIGKILL. */
  stopTimeout?: number;
  /** MiB; a container that takes more is killed. */
  memory?: number;
  logConfiguration?: { logDriver: string; options?: Record<string, string> };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'ServiceSchedulerInitiated'
  | 'TerminationNotice';

export interface TaskOptions {
  definition: ContainerDefinition;
  processes: Processes;
  /** The content of images: a folder for each image's URI. */
  images: ReadonlyMap<string, string>;
  clusterArn: string;
  containerInstanceArn: string;
  taskDefinitionArn: string;
  taskRoleArn?: string;
  family: string;
  group: string;
  startedBy: string;
  environment(task: Task): Record<string, string>;
  /** What ECS reads before it starts the container. Throws an Error with ECS's words for what it cannot read. */
  secrets(): Record<string, string>;
  /** Why the container does not start, in ECS's words; undefined if it does. */
  startFailure(): string | undefined;
  onLine(task: Task, line: string): void;
  onStopped(task: Task): void;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html, stopTimeout */
const DEFAULT_STOP_SECONDS = 30;
/** The kernel would see it at once. */
const MEMORY_CHECK_MILLISECONDS = 200;

export class Task {
  readonly id = randomUUID().replaceAll('-', '');
  readonly arn: string;
  readonly createdAt = new Date();
  startedAt?: Date;
  stoppingAt?: Date;
  stoppedAt?: Date;
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPING' | 'STOPPED' = 'PENDING';
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING';
  stopCode?: StopCode;
  stoppedReason?: string;
  exitCode?: number;
  /** The reason of the container, in ECS's words: the error of Docker or of the kernel. */
  reason?: string;
  private child: Child | undefined;
  private killTimer: NodeJS.Timeout | undefined;
  private stopped: Promise<void> | undefined;

  constructor(readonly options: TaskOptions) {
    this.arn = `${options.clusterArn.replace(':cluster/', ':task/')}/${this.id}`;
  }

  /** Id of the container's process, while there is one. */
  get pid(): number | undefined {
    return this.lastStatus === 'STOPPED' ? undefined : this.child?.pid;
  }

  /** Resolves when the task has stopped. */
  run(): Promise<void> {
    this.stopped ??= this.live();
    return this.stopped;
  }

  /** SIGTERM, and SIGKILL after the container's stop timeout; resolves when the task has stopped. */
  async stop(stopCode: StopCode, reason: string): Promise<void> {
    if (this.desiredStatus === 'RUNNING') {
      this.desiredStatus = 'STOPPED';
      this.stoppingAt = new Date();
      this.stopCode = stopCode;
      this.stoppedReason = reason;
      if (this.lastStatus === 'RUNNING') this.lastStatus = 'STOPPING';
      this.child?.kill('SIGTERM');
      const seconds = this.options.definition.stopTimeout ?? DEFAULT_STOP_SECONDS;
      this.killTimer = setTimeout(() => this.kill(), seconds * 1000);
    }
    await this.stopped;
  }

  /** Ends it at once. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  private async live(): Promise<void> {
    const failure = await this.start();
    if (failure === undefined && this.child) {
      this.startedAt = new Date();
      this.lastStatus = 'RUNNING';
      // Told to stop while it was being started, when there was no process to tell.
      if (this.desiredStatus === 'STOPPED') this.kill();
      const watch = this.watchMemory();
      this.exitCode = (await this.child.ended).exitCode;
      clearInterval(watch);
    }
    clearTimeout(this.killTimer);
    this.desiredStatus = 'STOPPED';
    this.stoppedAt = new Date();
    this.lastStatus = 'STOPPED';
    this.reason ??= failure;
    this.stopCode ??= failure === undefined ? 'EssentialContainerExited' : 'TaskFailedToStart';
    this.stoppedReason ??= failure ?? 'Essential container in task exited';
    this.options.onStopped(this);
  }

  /** Why the container does not start; undefined once it runs. */
  private async start(): Promise<string | undefined> {
    const { definition, processes, images, startFailure, environment, secrets, onLine } = this.options;
    const { image, entryPoint = [], command = [] } = definition;
    const failure = startFailure();
    if (failure !== undefined) return failure;
    let values: Record<string, string>;
    try {
      values = secrets();
    } catch (error) {
      return (error as Error).message;
    }
    const cwd = images.get(image);
    if (cwd === undefined || !existsSync(cwd)) {
      return `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`;
    }
    try {
      this.child = await processes.start({
        command: [...entryPoint, ...command],
        cwd,
        environment: { ...environment(this), ...values },
        onLine: (line) => onLine(this, line),
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const cause = code === 'ENOENT' ? 'executable file not found in $PATH' : String(code);
      return `CannotStartContainerError: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "${[...entryPoint, ...command][0]}": ${cause}: unknown`;
    }
    return undefined;
  }

  /** The kernel's part on an instance: on Linux, by what /proc says. */
  private watchMemory(): NodeJS.Timeout | undefined {
    const { memory } = this.options.definition;
    const { pid } = this;
    if (memory === undefined || pid === undefined || process.platform !== 'linux') return undefined;
    return setInterval(() => {
      if (residentMiB(pid) <= memory) return;
      this.reason = 'OutOfMemoryError: Container killed due to memory usage';
      this.kill();
    }, MEMORY_CHECK_MILLISECONDS);
  }
}

function residentMiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
