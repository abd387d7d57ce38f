/**
 * The worker's slots, each a thread. A processor that blocks, crashes or never settles does so in its own thread: the
 * thread that polls and heartbeats goes on, and the slot's thread can be terminated.
 */
import { join } from 'node:path';
import Piscina from 'piscina';
import type { SlotAnswer, SlotRequest } from './slot/messages';
import { TaskError } from './task-error';

export interface SlotPoolOptions {
  slots: number;
  /** Heap of one thread, MiB. */
  threadMemoryMiB: number;
  /** The program of a slot. Default: the bundle of slot/main.ts beside the worker's own. */
  filename?: string;
}

export class SlotPool {
  private readonly threads: Piscina<SlotRequest, SlotAnswer>;

  constructor({ slots, threadMemoryMiB, filename = join(__dirname, 'slot.js') }: SlotPoolOptions) {
    this.threads = new Piscina({
      filename,
      minThreads: 1,
      maxThreads: slots,
      idleTimeout: Number.POSITIVE_INFINITY,
      resourceLimits: { maxOldGenerationSizeMb: threadMemoryMiB },
      // Waiting on Atomics would stop a thread's timers and sockets between tasks.
      atomics: 'disabled',
      recordTiming: false,
    });
    // The pool replaces a thread that ends between tasks; a task in it fails by itself.
    this.threads.on('error', () => {});
  }

  /** Runs a task in a slot. Aborting, with a TaskError as reason, terminates its thread. Throws a TaskError. */
  async run(request: SlotRequest, signal: AbortSignal): Promise<SlotAnswer> {
    try {
      return await this.threads.run(request, { signal });
    } catch (error) {
      if (signal.aborted && signal.reason instanceof TaskError) throw signal.reason;
      throw new TaskError('ProcessorCrashed', error instanceof Error ? error.message : String(error));
    }
  }

  close(): Promise<void> {
    return this.threads.destroy();
  }
}
