/**
 * The worker's slots: each has a process, which is kept for the next task of the same processor and parameters. Idle ones are kept
 * as long as all processes together hold no more memory than the slots may; the one that was idle for longest ends first. A processor that blocks, never returns,
 * crashes, or takes too much memory costs its process, and the object that it had in hand. The worker, which polls and
 * heartbeats, goes on, and so do its other slots.
 */
import { join } from 'node:path';
import { configurationOf } from '../configuration';
import type { TaskOfObject } from '../slot/messages';
import { TaskError } from '../task-error';
import { Lane, type TaskForLane, type TaskInLane } from './lane';
import { GroupMemory } from './process-group';
import { SlotProcess } from './slot-process';

export interface SlotsOptions {
  /** Processes at a time. */
  slots: number;
  /** Memory of one process and those that it starts, MiB. */
  slotMemoryMiB: number;
  /** Seconds that an object may take. */
  deadlineSeconds: number;
  /** Objects in a slot at a time: one in the processor's hands, the others are read ahead or written behind. */
  objectsInFlight: number;
  /** What a slot runs. Default: the bundle of slot/main.ts beside the worker's own. */
  filename?: string;
  /** The environment of slots. Default: the worker's own. */
  environment?: NodeJS.ProcessEnv;
  /** Options of Node.js in slots, such as `--inspect-brk`. Default: none. */
  nodeOptions?: string[];
  /** Takes each line that slots log. Default: it goes to the worker's standard output. */
  onLine?(line: string): void;
}

/** A processor can take some hundred MiB in that time; the kernel is the last to bound it. */
const MEMORY_CHECK_MILLISECONDS = 100;
/** Processes for each slot, idle ones included: executions with other processors or parameters may come back. */
const PROCESSES_PER_SLOT = 4;

export class Slots {
  private readonly alive = new Set<SlotProcess>();
  /** By the slot's number: its last lane that was opened. */
  private readonly lanes = new Map<number, Lane>();
  /** Processes without an object; the one that was used last is at the end. */
  private idle: SlotProcess[] = [];
  private isClosed = false;
  private readonly memory = new GroupMemory();
  private readonly watch = setInterval(() => this.watchMemory(), MEMORY_CHECK_MILLISECONDS);

  constructor(private readonly options: SlotsOptions) {}

  /**
   * Starts a process before there is a task: the worker's first task finds all loaded but its processor. If it does not start, that task
   * tries again, and says why.
   */
  async prepare(): Promise<void> {
    try {
      this.idle.push(await this.start());
    } catch {}
  }

  /**
   * A way for the objects of one task, which the caller closes. It leads through the process of the task's slot: the one in which another
   * task of the same processor and parameters is, or one for itself.
   */
  open({ onAlmostDone, ...of }: TaskForLane): TaskInLane {
    const { slot, deaths } = of.task;
    const shared = slot === undefined ? undefined : this.lanes.get(slot);
    const lane = shared?.isOpen ? shared : this.openLane(of.task);
    // A task that may have killed a worker has its slot for itself.
    return lane.join(deaths > 0 ? of : { ...of, onAlmostDone });
  }

  /** Ends all processes, and starts no other: objects that have none fail. Resolves when nothing is left of them. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.watch);
    await Promise.all([...this.alive].map((slot) => endSlot(slot)));
  }

  private openLane(task: TaskOfObject): Lane {
    const configuration = configurationOf(task);
    const lane = new Lane({
      objectsInFlight: task.deaths > 0 ? 1 : this.options.objectsInFlight,
      take: async () => this.takeIdle(configuration) ?? this.takeIdle(undefined) ?? (await this.start()),
      giveBack: async (process) => {
        if (process.canWork) this.idle.push(process);
        else await endSlot(process);
      },
    });
    if (task.slot !== undefined) this.lanes.set(task.slot, lane);
    return lane;
  }

  /** `configuration`: undefined for a process that has none yet. */
  private takeIdle(configuration: string | undefined): SlotProcess | undefined {
    const slot = this.idle.findLast((one) => one.canWork && one.configuration === configuration);
    if (slot) this.forget(slot);
    return slot;
  }

  /** Throws a TaskError when they are closed. */
  private async start(): Promise<SlotProcess> {
    const {
      slots,
      slotMemoryMiB: memoryMiB,
      deadlineSeconds,
      filename = join(__dirname, 'slot.js'),
      environment = process.env,
      nodeOptions = [],
      onLine,
    } = this.options;
    const oldest = this.alive.size >= slots * PROCESSES_PER_SLOT ? this.idle.shift() : undefined;
    if (oldest) await endSlot(oldest);
    if (this.isClosed) throw new TaskError('ProcessorCrashed', 'its worker has ended all slots');
    const slot = new SlotProcess({
      memoryMiB,
      deadlineSeconds,
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
    // On a busy machine, one that was told to end holds its memory for some looks more.
    const staying = [...this.alive].filter(({ isEnding }) => !isEnding);
    const alive = new Map(staying.flatMap((slot) => (slot.pid === undefined ? [] : [[slot.pid, slot]])));
    if (alive.size === 0) return;
    const memory = this.memory.read(alive.keys());
    for (const [pid, mebibytes] of memory) {
      const slot = alive.get(pid);
      if (slot) slot.peakMiB = Math.max(slot.peakMiB, mebibytes);
      if (mebibytes <= slotMemoryMiB) continue;
      const held = this.memory.readShares(pid);
      if (held <= slotMemoryMiB) continue;
      const message = `out of memory: its process held ${Math.round(held)} MiB, its limit is ${slotMemoryMiB}`;
      slot?.end(new TaskError('ProcessorCrashed', message));
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
