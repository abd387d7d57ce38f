/** One container of a task: the bundle in its image, run as a child process. */
import { existsSync, readFileSync } from 'node:fs';
import type { Child, Processes } from '../processes/processes';

/** Of a container definition, what makes a difference here. */
export interface ContainerDefinition {
  name: string;
  image: string;
  command?: string[];
  entryPoint?: string[];
  environment?: { name: string; value: string }[];
  /** Seconds from SIGTERM to SIGKILL. ECS's default is 30. */
  stopTimeout?: number;
  /** MiB; a container that takes more is killed. */
  memory?: number;
  workingDirectory?: string;
  logConfiguration?: { logDriver: string; options?: Record<string, string> };
}

/** How a container ended, as ECS describes it. */
export interface ContainerEnd {
  exitCode?: number;
  /** In ECS's words; what Docker or the kernel had against it. */
  reason?: string;
  failedToStart: boolean;
}

export interface ContainerOptions {
  definition: ContainerDefinition;
  processes: Processes;
  /** What images hold: a folder for each image's URI. */
  images: ReadonlyMap<string, string>;
  environment: Record<string, string>;
  /** Why the container does not start, in ECS's words; undefined if it does. */
  refuseStart(): string | undefined;
  onLine(line: string): void;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html, stopTimeout */
const DEFAULT_STOP_SECONDS = 30;
/** The kernel would see it at once. */
const MEMORY_CHECK_MILLISECONDS = 200;

export class Container {
  private child: Child | undefined;
  private killTimer: NodeJS.Timeout | undefined;
  private outOfMemory = false;

  constructor(private readonly options: ContainerOptions) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Undefined once it runs; otherwise why it does not. */
  async start(): Promise<ContainerEnd | undefined> {
    const { definition, processes, images, environment, refuseStart, onLine } = this.options;
    const { image, entryPoint = [], command = [] } = definition;
    const refusal = refuseStart();
    if (refusal !== undefined) return { reason: refusal, failedToStart: true };
    const cwd = images.get(image);
    if (cwd === undefined || !existsSync(cwd)) {
      const reason = `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`;
      return { reason, failedToStart: true };
    }
    try {
      this.child = await processes.start({ command: [...entryPoint, ...command], cwd, environment, onLine });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const [program] = [...entryPoint, ...command];
      const cause = code === 'ENOENT' ? 'executable file not found in $PATH' : String(code);
      const reason = `CannotStartContainerError: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "${program}": ${cause}: unknown`;
      return { reason, failedToStart: true };
    }
    return undefined;
  }

  /** Resolves when the container's process is gone. */
  async ended(): Promise<ContainerEnd> {
    const watch = this.watchMemory();
    const { exitCode } = (await this.child?.ended) ?? { exitCode: 127 };
    clearInterval(watch);
    clearTimeout(this.killTimer);
    const reason = this.outOfMemory ? 'OutOfMemoryError: Container killed due to memory usage' : undefined;
    return { exitCode, reason, failedToStart: false };
  }

  /** SIGTERM, and SIGKILL after the container's stop timeout. */
  stop(): void {
    if (this.killTimer) return;
    const seconds = this.options.definition.stopTimeout ?? DEFAULT_STOP_SECONDS;
    this.child?.kill('SIGTERM');
    this.killTimer = setTimeout(() => this.kill(), seconds * 1000);
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** The kernel's part on an instance: on Linux, by what /proc says. */
  private watchMemory(): NodeJS.Timeout | undefined {
    const { memory } = this.options.definition;
    const { pid } = this;
    if (memory === undefined || pid === undefined || process.platform !== 'linux') return undefined;
    return setInterval(() => {
      if (residentMiB(pid) <= memory) return;
      this.outOfMemory = true;
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
