/**
 * The way of tasks through a slot. Several objects are in the slot at a time, so that it reads the next ones and writes the last ones while
 * its processor is busy. So that this does not stop between two tasks, the next task may join the lane when the first is almost done.
 * If the slot's process ends, the object that the processor had in hand fails; the others are processed by another process as if
 * nothing had happened, each of them alone.
 */
import type { ObjectResult } from '../../contract';
import { ALMOST_DONE_SECONDS } from '../../slot-limits';
import type { TaskOfObject } from '../slot/messages';
import { TaskError } from '../task-error';
import { NotAtFault } from './objects-in-hand';
import type { SlotProcess } from './slot-process';

export interface LaneOptions {
  /** Objects in the slot at a time. */
  objectsInFlight: number;
  /** An idle slot of the tasks' processor and parameters, or a new one. */
  take(): Promise<SlotProcess>;
  /** Resolves when the slot is idle, or gone. */
  giveBack(slot: SlotProcess): Promise<void>;
}

export interface TaskForLane {
  task: TaskOfObject;
  workerId: string;
  /**
   * Aborting, with a TaskError as reason, fails all objects of the task that are not done. The slot's process ends if it has one of them,
   * since it cannot be told to leave it.
   */
  signal: AbortSignal;
  /** Called again and again while the slot is almost done, with this task and those that it shares the slot with. */
  onAlmostDone?(): void;
}

/** A task's part of a lane. */
export interface TaskInLane {
  /** Objects begin in the order of the calls. Throws a TaskError. */
  process(key: string): Promise<ObjectResult>;
  /** To be called when all objects are done. Resolves when nothing of them runs any more. */
  close(): Promise<void>;
}

interface LaneObject {
  of: TaskForLane;
  key: string;
  /** It was in a process that ended: nothing may happen beside it, so that the next end has one cause. */
  isAlone: boolean;
  /** It had its turn there. */
  isRepeated: boolean;
  /** The processor is done with it. */
  isProcessed: boolean;
  resolve(result: ObjectResult): void;
  reject(error: unknown): void;
}

export class Lane {
  private readonly tasks = new Set<TaskForLane>();
  private slot?: SlotProcess;
  private readonly waiting: LaneObject[] = [];
  private readonly inSlot = new Set<LaneObject>();
  private isAlone = false;
  private isCheckDue = false;

  constructor(private readonly options: LaneOptions) {}

  /** A task is in it. One without is over. */
  get isOpen(): boolean {
    return this.tasks.size > 0;
  }

  join(of: TaskForLane): TaskInLane {
    const { signal } = of;
    const abort = () => this.abort(of);
    signal.addEventListener('abort', abort);
    this.tasks.add(of);
    return {
      process: (key) => this.process(of, key),
      close: async () => {
        signal.removeEventListener('abort', abort);
        this.tasks.delete(of);
        if (!this.isOpen) await this.leaveSlot();
      },
    };
  }

  private process(of: TaskForLane, key: string): Promise<ObjectResult> {
    if (of.signal.aborted) return Promise.reject(of.signal.reason);
    return new Promise((resolve, reject) => {
      const object = { of, key, isAlone: false, isRepeated: false, isProcessed: false };
      this.waiting.push({ ...object, resolve, reject });
      this.advance();
    });
  }

  private abort(of: TaskForLane): void {
    const its = this.waiting.filter((object) => object.of === of);
    for (const object of its) {
      this.waiting.splice(this.waiting.indexOf(object), 1);
      object.reject(of.signal.reason);
    }
    if ([...this.inSlot].some((object) => object.of === of))
      this.slot?.end(new NotAtFault('a task that was in it has ended'));
    this.advance();
  }

  private advance(): void {
    for (let next = this.waiting[0]; next && this.hasRoom(next); next = this.waiting[0]) {
      this.waiting.shift();
      this.begin(next);
    }
    // All objects of a task come in one turn of the event loop: with its first one alone, the slot would be almost done.
    if (!this.isCheckDue) queueMicrotask(() => this.checkAlmostDone());
    this.isCheckDue = true;
  }

  private begin(object: LaneObject): void {
    this.inSlot.add(object);
    this.isAlone = object.isAlone;
    void this.attend(object).finally(() => {
      this.inSlot.delete(object);
      this.advance();
    });
  }

  /** A process that has not shown that it can process gets one object, and so does one that is to be replaced. */
  private hasRoom({ isAlone }: LaneObject): boolean {
    if (this.inSlot.size === 0) return true;
    if (isAlone || this.isAlone || !this.slot?.canWork || !this.slot.hasProcessed) return false;
    return this.inSlot.size < this.options.objectsInFlight;
  }

  private checkAlmostDone(): void {
    this.isCheckDue = false;
    const { secondsPerTurn = Number.POSITIVE_INFINITY } = this.slot ?? {};
    const inSlot = [...this.inSlot].filter(({ isProcessed }) => !isProcessed);
    const turns = this.waiting.length + inSlot.length;
    if (turns * secondsPerTurn <= ALMOST_DONE_SECONDS)
      for (const { onAlmostDone } of this.tasks) onAlmostDone?.();
  }

  private async attend(object: LaneObject): Promise<void> {
    const { of, key, isRepeated, resolve, reject } = object;
    const { task, workerId, signal } = of;
    let slot: SlotProcess | undefined;
    try {
      slot = await this.replaceSlot();
      signal.throwIfAborted();
      const processing = slot.process({ task, key, isRepeated, workerId }, (stage) => {
        object.isProcessed = stage === 'writing';
        this.advance();
      });
      // A process that has processed before has room for others at once.
      this.advance();
      resolve(await processing);
    } catch (error) {
      if (signal.aborted) reject(signal.reason);
      else if (!(error instanceof NotAtFault)) reject(error);
      else if (!slot?.hasProcessed)
        reject(new TaskError('ProcessorCrashed', `its process did not begin: ${error.message}`));
      else {
        const again = { isAlone: true, isRepeated: isRepeated || error.mayBeWritten, isProcessed: false };
        this.waiting.unshift({ ...object, ...again });
      }
    }
  }

  /** The slot that the lane has, or another one if it is not fit for an object any more. */
  private async replaceSlot(): Promise<SlotProcess> {
    if (this.slot?.canWork) return this.slot;
    await this.leaveSlot();
    this.slot = await this.options.take();
    return this.slot;
  }

  private async leaveSlot(): Promise<void> {
    const { slot } = this;
    this.slot = undefined;
    if (slot) await this.options.giveBack(slot);
  }
}
