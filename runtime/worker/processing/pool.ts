/**
 * The processing threads. A processor that blocks, crashes or never settles does so in its own thread: the thread that
 * polls and heartbeats goes on, and the processing thread can be terminated.
 */
import { join } from 'node:path';
import Piscina from 'piscina';
import type { TaskErrorName } from '../../errors';
import { TaskError } from './failure';
import type { TaskMessage, TaskOutcome } from './thread';

export interface PoolOptions {
  threads: number;
  /** Heap of one thread, MiB. */
  threadMemoryMiB: number;
}

/** Why a task in a thread is terminated: the reason that its AbortSignal carries. */
export class Termination {
  constructor(
    readonly error: TaskErrorName,
    readonly message: string,
  ) {}
}

export class ProcessingPool {
  private readonly threads: Piscina<TaskMessage, TaskOutcome>;

  constructor(options: PoolOptions) {
    this.threads = new Piscina({
      filename: join(__dirname, 'processing-thread.js'),
      minThreads: 1,
      maxThreads: options.threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      resourceLimits: { maxOldGenerationSizeMb: options.threadMemoryMiB },
      // Waiting on Atomics would stop a thread's timers and sockets between tasks.
      atomics: 'disabled',
      recordTiming: false,
    });
    // A thread that ends between tasks is replaced by the pool; what it did to its task is the task's own failure.
    this.threads.on('error', () => {});
  }

  /** Runs a task in a thread of its own. Aborting terminates the thread. Throws a TaskError. */
  async run(message: TaskMessage, signal: AbortSignal): Promise<TaskOutcome> {
    try {
      return await this.threads.run(message, { signal });
    } catch (error) {
      if (signal.aborted && signal.reason instanceof Termination) {
        throw new TaskError(signal.reason.error, signal.reason.message);
      }
      throw new TaskError('ProcessorCrashed', error instanceof Error ? error.message : String(error));
    }
  }

  close(): Promise<void> {
    return this.threads.destroy();
  }
}
