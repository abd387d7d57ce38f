/**
 * Assigns the worker's tasks to its slots. An assignment lasts from the task's beginning in its slot to its accepted report. A slot has one;
 * when its task is almost done, it may get a second task with the same processor and parameters. A task that several workers died with
 * waits for those in hand, and is then performed alone, so that its death costs no other task. A task that cannot be performed here is
 * handed back to Step Functions, since another worker may be idle.
 */
import { EventEmitter, once } from 'node:events';
import type { Task } from '../../contract';
import { TASKS_PER_SLOT } from '../../slot-limits';
import { configurationOf } from '../configuration';

/** Deaths from which on a task is performed alone. One may have any reason, and hits every task in hand. */
const SUSPICIOUS_DEATHS = 2;
/** A task that is handed back waits for a second: waiting here for a slot is worth no more. */
export const WAIT_MILLISECONDS = 1_000;

/** Why a task is handed back. */
const REASONS = {
  closed: 'the worker was told to stop',
  alone: 'the worker tries another task alone',
  busy: 'no slot is free',
};

export interface SlotListener {
  /** A slot has a task, and had none. */
  slotTaken?(): void;
  /** A slot may have room for another task. */
  taskEnding?(): void;
  /** A slot has no task any more. */
  slotFreed?(): void;
}

interface AssignedSlot {
  /** From 1, in this worker. */
  slot: number;
  handedBack?: undefined;
}

interface HandedBack {
  /** Why. */
  handedBack: string;
}

/** What an assignment depends on. */
type AssignableTask = Pick<Task, 'deaths' | 'processor' | 'parameters'>;

/** The assignment of one task. */
export interface SlotAssignment {
  /**
   * Resolves when the task may be performed, with the number of its slot, from 1; with a reason, if it is to be handed back. Rejects
   * with the signal's reason if that is aborted first.
   */
  begin(task: AssignableTask, signal: AbortSignal): Promise<AssignedSlot | HandedBack>;
  /**
   * The slot is expected to be done with the task within a second: the next task may be polled for. It begins at once if it may share the
   * slot, else when this assignment ends. To be said again while that holds: a second later it counts no more.
   */
  endSoon(): void;
  /** Lets the next one begin. Does nothing if the assignment has not begun. */
  end(): void;
}

interface TaskInHand {
  /** None if it shares no slot: a worker died with it. */
  configuration?: string;
  isEnding: boolean;
}

export class SlotAssigner {
  /** The tasks in hand, by slot. */
  private readonly slots: Set<TaskInHand>[];
  /** Tasks that wait for a slot. */
  private waiting = 0;
  private readonly changed = new EventEmitter();
  /** A suspicious task is in hand, or waits for the others. */
  private occupied = false;
  private closed = false;

  constructor(
    slots: number,
    private readonly listener: SlotListener = {},
  ) {
    this.slots = Array.from({ length: slots }, () => new Set());
    // Every task may wait for it.
    this.changed.setMaxListeners(0);
  }

  /** Tasks that may begin now or soon, beside those that wait. */
  get free(): number {
    if (this.closed || this.occupied) return 0;
    return this.slots.filter(hasRoom).length - this.waiting;
  }

  /** For one task. */
  newAssignment(): SlotAssignment {
    let [endSoon, end] = [() => {}, () => {}];
    return {
      begin: async (task, signal) => {
        const alone = task.deaths >= SUSPICIOUS_DEATHS;
        const inHand: TaskInHand = {
          ...(task.deaths === 0 && { configuration: configurationOf(task) }),
          isEnding: false,
        };
        const begun = alone ? await this.beginAlone(inHand, signal) : await this.beginInSlot(inHand, signal);
        if (begun.handedBack === undefined) ({ endSoon, end } = this.endingsOf(inHand, begun.slot, alone));
        return begun;
      },
      endSoon: () => endSoon(),
      end: () => end(),
    };
  }

  /** No other task begins. */
  close(): void {
    this.closed = true;
    this.change();
  }

  private endingsOf(
    inHand: TaskInHand,
    slot: number,
    alone: boolean,
  ): Pick<SlotAssignment, 'endSoon' | 'end'> {
    const tasks = this.slots[slot - 1] as Set<TaskInHand>;
    let timer: NodeJS.Timeout | undefined;
    return {
      endSoon: () => {
        if (!tasks.has(inHand)) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          inHand.isEnding = false;
        }, WAIT_MILLISECONDS);
        inHand.isEnding = true;
        this.listener.taskEnding?.();
        this.change();
      },
      end: () => {
        if (!tasks.delete(inHand)) return;
        clearTimeout(timer);
        if (alone) this.occupied = false;
        if (tasks.size === 0) this.listener.slotFreed?.();
        this.change();
      },
    };
  }

  /** Why no task may begin now, whatever slots are free. */
  private get obstacle(): string | undefined {
    if (this.closed) return REASONS.closed;
    return this.occupied ? REASONS.alone : undefined;
  }

  /** A task takes a free slot at once, because several tasks may wait for one. */
  private async beginInSlot(task: TaskInHand, signal: AbortSignal): Promise<AssignedSlot | HandedBack> {
    const begun = this.beginNow(task);
    if (begun) return begun;
    const deadline = AbortSignal.timeout(WAIT_MILLISECONDS);
    const ended = AbortSignal.any([signal, deadline]);
    this.waiting += 1;
    try {
      for (;;) {
        await this.nextChange(ended);
        signal.throwIfAborted();
        if (deadline.aborted) return { handedBack: this.obstacle ?? REASONS.busy };
        const late = this.beginNow(task);
        if (late) return late;
      }
    } finally {
      this.waiting -= 1;
    }
  }

  /** Undefined if the task has to wait. */
  private beginNow(task: TaskInHand): AssignedSlot | HandedBack | undefined {
    const { obstacle } = this;
    return obstacle === undefined ? this.take(task) : { handedBack: obstacle };
  }

  private async beginAlone(task: TaskInHand, signal: AbortSignal): Promise<AssignedSlot | HandedBack> {
    if (this.obstacle !== undefined) return { handedBack: this.obstacle };
    this.occupied = true;
    while (this.slots.some(({ size }) => size > 0) && !this.closed && !signal.aborted)
      await this.nextChange(signal);
    const begun = this.closed || signal.aborted ? undefined : this.take(task);
    if (begun) return begun;
    this.occupied = false;
    this.change();
    signal.throwIfAborted();
    return { handedBack: REASONS.closed };
  }

  /** The first slot that is free; else the first one that it may share. */
  private take(task: TaskInHand): AssignedSlot | undefined {
    const free = this.slots.findIndex(({ size }) => size === 0);
    const index = free >= 0 ? free : this.slots.findIndex((tasks) => mayShare(tasks, task));
    if (index < 0) return undefined;
    this.slots[index]?.add(task);
    if (free >= 0) this.listener.slotTaken?.();
    return { slot: index + 1 };
  }

  private change(): void {
    this.changed.emit('change');
  }

  /** Resolves also if the signal is aborted. */
  private async nextChange(signal: AbortSignal): Promise<void> {
    await once(this.changed, 'change', { signal }).catch(() => {});
  }
}

/** Whether it has room for a task, now or soon. */
function hasRoom(tasks: Set<TaskInHand>): boolean {
  return tasks.size < TASKS_PER_SLOT && [...tasks].every(({ isEnding }) => isEnding);
}

function mayShare(tasks: Set<TaskInHand>, { configuration }: TaskInHand): boolean {
  if (configuration === undefined || !hasRoom(tasks)) return false;
  return [...tasks].every((other) => other.configuration === configuration);
}
