/** The messages between a worker and its slots: plain data, over the slot's IPC channel, several at a time in an array. */
import type { ObjectFailure, ObjectResult, Task } from '../../contract';
import type { TaskErrorName } from '../../errors';

/** What is the same for all objects of a task. */
export interface TaskOfObject extends Omit<Task, 'objects'> {
  /** Of the worker, from 1; none outside of a worker. */
  slot?: number;
}

/**
 * Worker to slot: process this object. Several may be in flight, so that the slot reads ahead and writes behind; `id` tells their
 * answers apart.
 */
export interface ObjectRequest {
  id: number;
  /** All requests to a slot have the same processor and parameters. */
  task: TaskOfObject;
  key: string;
  /** It had its turn in a process that ended: its outputs are made again, so that its result is known, also if they are there. */
  isRepeated: boolean;
  workerId: string;
}

/** What the slot is busy with: loading the processor's module, the processor's setup, or objects. */
export type SlotState = 'loading' | 'setup' | 'ready';

/** `processing`: the object has its turn with the processor. `writing`: the processor is done with it, its outputs are on their way. */
export type ObjectStage = 'processing' | 'writing';

export type SlotFailure = Omit<ObjectFailure, 'object_key' | 'error'> & { error: TaskErrorName };

/**
 * Slot to worker: its state; of each object its stages, then its end. `isSpent`: give it no other object. `isReturned`: the slot is
 * spent, and the object had no turn.
 */
export type SlotMessage =
  | { state: SlotState }
  | { id: number; stage: ObjectStage }
  | { id: number; isReturned: true }
  | ({ id: number; isSpent: boolean } & ({ result: ObjectResult } | { failure: SlotFailure }));
