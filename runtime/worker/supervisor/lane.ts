/**
 * One task's way through a slot. Several of its objects are in the slot at a time, so that it reads the next ones and writes the last
 * ones while its processor is busy. Where the slot's process ends, the object that the processor had in hand fails; the others are
 * processed by another process as if nothing had happened, each of them alone.
 */
import type { ObjectResult } from '../../contract';
import type { TaskOfObject } from '../slot/messages';
import { TaskError } from '../task-error';
import { NotAtFault } from './objects-in-hand';
import type { SlotProcess } from './slot-process';

export interface LaneOptions {
  task: TaskOfObject;
  workerId: string;
  /** Aborting, with a TaskError as reason, ends the slot's process, and fails all objects that are not done. */
  signal: AbortSignal;
  /** Objects in the slot at a time. */
  objectsInFlight: number;
  /** An idle slot of the task's processor and parameters, or a new one. */
  take(): Promise<SlotProcess>;
  /** Resolves when the slot is idle, or gone. */
  giveBack(slot: SlotProcess): Promise<void>;
}

interface Waiting {
  key: string;
  /** It was in a process that ended: nothing may happen beside it, so that the next end has one cause. */
  isAlone: boolean;
  /** Its outputs were on their way then. */
  isRepeated: boolean;
  resolve(result: ObjectResult): void;
  reject(error: unknown): void;
}

export class Lane {
  private slot?: SlotProcess;
  private readonly waiting: Waiting[] = [];
  private inSlot = 0;
  private isAlone = false;

  constructor(private readonly options: LaneOptions) {
    options.signal.addEventListener('abort', this.abort, { once: true });
  }

  /** Objects begin in the order of the calls. Throws a TaskError. */
  process(key: string): Promise<ObjectResult> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, isAlone: false, isRepeated: false, resolve, reject });
      this.advance();
    });
  }

  /** To be called when all objects are done. Resolves when nothing of them runs any more. */
  async close(): Promise<void> {
    this.options.signal.removeEventListener('abort', this.abort);
    if (this.slot) await this.options.giveBack(this.slot);
    this.slot = undefined;
  }

  private readonly abort = (): void => {
    this.slot?.end();
    this.advance();
  };

  private advance(): void {
    const { signal } = this.options;
    if (signal.aborted) for (const { reject } of this.waiting.splice(0)) reject(signal.reason);
    for (let next = this.waiting[0]; next && this.hasRoom(next); next = this.waiting[0]) {
      this.waiting.shift();
      this.inSlot += 1;
      this.isAlone = next.isAlone;
      void this.attend(next).finally(() => {
        this.inSlot -= 1;
        this.advance();
      });
    }
  }

  /** A process that has not shown that it can process gets one object, and so does one that is to be replaced. */
  private hasRoom({ isAlone }: Waiting): boolean {
    if (this.inSlot === 0) return true;
    if (isAlone || this.isAlone || !this.slot?.canWork || !this.slot.hasProcessed) return false;
    return this.inSlot < this.options.objectsInFlight;
  }

  private async attend(object: Waiting): Promise<void> {
    const { task, workerId, signal } = this.options;
    const { key, isRepeated, resolve, reject } = object;
    let slot: SlotProcess | undefined;
    try {
      slot = await this.replaceSlot();
      signal.throwIfAborted();
      resolve(await slot.process({ task, key, isRepeated, workerId }, () => this.advance()));
    } catch (error) {
      if (signal.aborted) reject(signal.reason);
      else if (!(error instanceof NotAtFault)) reject(error);
      else if (!slot?.hasProcessed)
        reject(new TaskError('ProcessorCrashed', `its process did not begin: ${error.message}`));
      else this.waiting.unshift({ ...object, isAlone: true, isRepeated: isRepeated || error.wasWriting });
    }
  }

  /** The slot that the lane has, or another one where it is not fit for an object any more. */
  private async replaceSlot(): Promise<SlotProcess> {
    const { take, giveBack } = this.options;
    if (this.slot?.canWork) return this.slot;
    const old = this.slot;
    this.slot = undefined;
    if (old) await giveBack(old);
    const slot = await take();
    this.slot = slot;
    return slot;
  }
}
