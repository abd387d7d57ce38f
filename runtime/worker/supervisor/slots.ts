/**
 * The worker's slots: a process for each object in hand, kept for the next one of the same processor and parameters. Idle ones are kept
 * as long as all processes together hold no more memory than the slots may; the one that was idle for longest ends first. A processor that blocks, never returns,
 * crashes, or takes too much memory costs its process, and so the object that was there. The worker, which polls and
 * heartbeats, goes on, and so do its other slots.
 */
import { join } from 'node:path';
import { canonical } from '../../canonical';
import type { ObjectResult } from '../../contract';
import type { ObjectRequest } from '../slot/messages';
import { TaskError } from '../task-error';
import { GroupMemory } from './process-group';
import { NotBegun, SlotProcess } from './slot-process';

export interface SlotsOptions {
  /** Processes at a time. */
  slots: number;
  /** Memory of one process and those that it starts, MiB. */
  slotMemoryMiB: number;
  /** Seconds that an object may take. */
  deadlineSeconds: number;
  /** What a slot runs. Default: the bundle of slot/main.ts beside the worker's own. */
  filename?: string;
  /** The environment of slots. Default: the worker's own. */
  environment?: NodeJS.ProcessEnv;
  /** Options of Node.js in slots, such as `--inspect-brk`. Default: none. */
  nodeOptions?: string[];
  /** Takes each line that slots log. Default: it goes to the worker's standard output. */
  onLine?(line: string): void;
}

export type SlotRequest = Omit<ObjectRequest, 'id'>;

/** A processor can take some hundred MiB in that time; the kernel is the last to bound it. */
const MEMORY_CHECK_MILLISECONDS = 100;
/** Processes for each slot, idle ones included: executions with other processors or parameters may come back. */
const PROCESSES_PER_SLOT = 4;

export class Slots {
  private readonly alive = new Set<SlotProcess>();
  /** Without an object, the one last used at the end. */
  private idle: SlotProcess[] = [];
  private readonly memory = new GroupMemory();
  private readonly watch = setInterval(() => this.watchMemory(), MEMORY_CHECK_MILLISECONDS);

  constructor(private readonly options: SlotsOptions) {}

  /**
   * Processes an object in an idle slot of the processor, or a new one. At most as many at a time as there are slots, which the
   * caller sees to. Aborting, with a TaskError as reason, ends the slot's process. Throws a TaskError, once nothing of the
   * attempt runs any more.
   */
  async process(request: SlotRequest, signal: AbortSignal): Promise<ObjectResult> {
    signal.throwIfAborted();
    const { processor, parameters } = request.task;
    const configuration = `${processor} ${canonical(parameters)}`;
    for (;;) {
      const idle = this.takeIdle(configuration);
      const slot = idle ?? (await this.start(processor, configuration));
      try {
        return await this.attend(slot, request, signal);
      } catch (error) {
        if (!(error instanceof NotBegun)) throw error;
        // It had ended, and nobody knew yet.
        if (!idle) throw new TaskError('ProcessorCrashed', `its process did not begin: ${error.message}`);
      }
    }
  }

  /** Ends all processes; resolves when nothing is left of them. */
  async close(): Promise<void> {
    clearInterval(this.watch);
    await Promise.all([...this.alive].map((slot) => endSlot(slot)));
  }

  private async attend(
    slot: SlotProcess,
    request: Omit<ObjectRequest, 'id'>,
    signal: AbortSignal,
  ): Promise<ObjectResult> {
    const { deadlineSeconds } = this.options;
    let reason: TaskError | undefined;
    const end = (why: TaskError) => {
      reason ??= why;
      slot.end();
    };
    const deadline = setTimeout(() => {
      const message = `not done after ${deadlineSeconds} s${slot.doing}; its process was ended`;
      end(new TaskError('ProcessorTimeout', message));
    }, deadlineSeconds * 1000);
    const abort = () => end(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await slot.process(request);
    } catch (error) {
      throw reason ?? error;
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', abort);
      if (slot.canWork) this.idle.push(slot);
      else await endSlot(slot);
    }
  }

  private takeIdle(configuration: string): SlotProcess | undefined {
    const slot = this.idle.findLast((one) => one.canWork && one.options.configuration === configuration);
    if (slot) this.forget(slot);
    return slot;
  }

  private async start(processor: string, configuration: string): Promise<SlotProcess> {
    const {
      slots,
      slotMemoryMiB: memoryMiB,
      filename = join(__dirname, 'slot.js'),
      environment = process.env,
      nodeOptions = [],
      onLine,
    } = this.options;
    const oldest = this.alive.size >= slots * PROCESSES_PER_SLOT ? this.idle.shift() : undefined;
    if (oldest) await endSlot(oldest);
    const slot = new SlotProcess({
      processor,
      configuration,
      memoryMiB,
      filename,
      environment,
      nodeOptions,
      onLine,
    });
    this.alive.add(slot);
    void slot.ended.then(() => {
      this.alive.delete(slot);
      this.forget(slot);
    });
    return slot;
  }

  private forget(slot: SlotProcess): void {
    this.idle = this.idle.filter((one) => one !== slot);
  }

  private watchMemory(): void {
    const { slots, slotMemoryMiB } = this.options;
    const alive = new Map(
      [...this.alive].flatMap((slot) => (slot.pid === undefined ? [] : [[slot.pid, slot]])),
    );
    if (alive.size === 0) return;
    const memory = this.memory.read(alive.keys());
    for (const [pid, mebibytes] of memory) {
      if (mebibytes <= slotMemoryMiB) continue;
      const held = this.memory.readShares(pid);
      if (held <= slotMemoryMiB) continue;
      const message = `out of memory: its process held ${Math.round(held)} MiB, its limit is ${slotMemoryMiB}`;
      alive.get(pid)?.end(new TaskError('ProcessorCrashed', message));
    }
    // One at a time: the next look sees what that has freed.
    const held = [...memory.values()].reduce((sum, mebibytes) => sum + mebibytes, 0);
    if (held > slots * slotMemoryMiB) this.idle.shift()?.end();
  }
}

function endSlot(slot: SlotProcess): Promise<void> {
  slot.end();
  return slot.ended;
}
