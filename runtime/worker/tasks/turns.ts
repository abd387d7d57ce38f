/**
 * Whose turn it is in a worker. Tasks are performed side by side, one in a slot; where that one is almost done, a second one with the same
 * processor and parameters begins beside it. A task that several workers died with waits for those in hand, and is then performed alone, so
 * that its death costs no other task. A task that cannot be performed here goes back to Step Functions, since another worker may be idle.
 */
import { EventEmitter, once } from 'node:events';
import { TASKS_PER_SLOT, type Task } from '../../contract';
import { configurationOf } from '../configuration';

/** Deaths from which on a task is performed alone. One may have any reason, and hits every task in hand. */
const SUSPICIOUS_DEATHS = 2;
/** A task that is handed back waits for a second: waiting here for a slot is worth no more. */
const WAIT_MILLISECONDS = 1_000;

/** Why a task is handed back. */
const REFUSALS = {
  closed: 'the worker was told to stop',
  alone: 'the worker tries another task alone',
  busy: 'no slot is free',
};

export interface TurnListener {
  /** A slot has a task, and had none. */
  slotTaken?(): void;
  /** A slot may have room for another task. */
  taskEnding?(): void;
  /** A slot has no task any more. */
  slotFreed?(): void;
}

export interface BegunTurn {
  /** From 1, in this worker. */
  slot: number;
  refusal?: undefined;
}

interface RefusedTurn {
  refusal: string;
}

/** What a turn depends on. */
export type TaskOfTurn = Pick<Task, 'deaths' | 'processor' | 'parameters'>;

/** The turn of one task. */
export interface Turn {
  /**
   * Resolves when the task may be performed, with the number of its slot, from 1; with a reason, if it is to be handed back. Rejects
   * with the signal's reason if that is aborted first.
   */
  begin(task: TaskOfTurn, signal: AbortSignal): Promise<BegunTurn | RefusedTurn>;
  /**
   * The slot is expected to be done with the task within a second: the next task may be polled for. It begins at once where it may share the
   * slot, else when this turn ends. To be said again while that holds: a second later it counts no more.
   */
  endSoon(): void;
  /** Lets the next one begin. Does nothing where the turn has not begun. */
  end(): void;
}

interface TaskInHand {
  /** None where it shares no slot: a worker died with it. */
  configuration?: string;
  isEnding: boolean;
}

export class Turns {
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
    private readonly listener: TurnListener = {},
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
  next(): Turn {
    let [endSoon, end] = [() => {}, () => {}];
    return {
      begin: async (task, signal) => {
        const alone = task.deaths >= SUSPICIOUS_DEATHS;
        const inHand: TaskInHand = {
          ...(task.deaths === 0 && { configuration: configurationOf(task) }),
          isEnding: false,
        };
        const begun = alone ? await this.beginAlone(inHand, signal) : await this.beginInSlot(inHand, signal);
        if (begun.refusal === undefined) ({ endSoon, end } = this.endingsOf(inHand, begun.slot, alone));
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

  private endingsOf(inHand: TaskInHand, slot: number, alone: boolean): Pick<Turn, 'endSoon' | 'end'> {
    const tasks = this.slots[slot - 1] as Set<TaskInHand>;
    let patience: NodeJS.Timeout | undefined;
    return {
      endSoon: () => {
        if (!tasks.has(inHand)) return;
        clearTimeout(patience);
        patience = setTimeout(() => {
          inHand.isEnding = false;
        }, WAIT_MILLISECONDS);
        inHand.isEnding = true;
        this.listener.taskEnding?.();
        this.change();
      },
      end: () => {
        if (!tasks.delete(inHand)) return;
        clearTimeout(patience);
        if (alone) this.occupied = false;
        if (tasks.size === 0) this.listener.slotFreed?.();
        this.change();
      },
    };
  }

  private get refusal(): string | undefined {
    if (this.closed) return REFUSALS.closed;
    return this.occupied ? REFUSALS.alone : undefined;
  }

  /** Whoever sees a slot that it may have takes it at once: several may wait. */
  private async beginInSlot(task: TaskInHand, signal: AbortSignal): Promise<BegunTurn | RefusedTurn> {
    const begun = this.beginNow(task);
    if (begun) return begun;
    const patience = AbortSignal.timeout(WAIT_MILLISECONDS);
    const ended = AbortSignal.any([signal, patience]);
    this.waiting += 1;
    try {
      for (;;) {
        await this.nextChange(ended);
        signal.throwIfAborted();
        if (patience.aborted) return { refusal: this.refusal ?? REFUSALS.busy };
        const late = this.beginNow(task);
        if (late) return late;
      }
    } finally {
      this.waiting -= 1;
    }
  }

  /** Undefined where the task has to wait. */
  private beginNow(task: TaskInHand): BegunTurn | RefusedTurn | undefined {
    const { refusal } = this;
    return refusal === undefined ? this.take(task) : { refusal };
  }

  private async beginAlone(task: TaskInHand, signal: AbortSignal): Promise<BegunTurn | RefusedTurn> {
    if (this.refusal !== undefined) return { refusal: this.refusal };
    this.occupied = true;
    while (this.slots.some(({ size }) => size > 0) && !this.closed && !signal.aborted)
      await this.nextChange(signal);
    const begun = this.closed || signal.aborted ? undefined : this.take(task);
    if (begun) return begun;
    this.occupied = false;
    this.change();
    signal.throwIfAborted();
    return { refusal: REFUSALS.closed };
  }

  /** The first slot that is free; else the first one that it may share. */
  private take(task: TaskInHand): BegunTurn | undefined {
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

  /** Resolves also where the signal is aborted. */
  private async nextChange(signal: AbortSignal): Promise<void> {
    await once(this.changed, 'change', { signal }).catch(() => {});
  }
}

/** For a task, now or soon. */
function hasRoom(tasks: Set<TaskInHand>): boolean {
  return tasks.size < TASKS_PER_SLOT && [...tasks].every(({ isEnding }) => isEnding);
}

function mayShare(tasks: Set<TaskInHand>, { configuration }: TaskInHand): boolean {
  if (configuration === undefined || !hasRoom(tasks)) return false;
  return [...tasks].every((other) => other.configuration === configuration);
}
