/** The messages between a worker and its slots, one for each object: plain data, over the slot's IPC channel. */
import type { ObjectResult, Task } from '../../contract';
import type { TaskErrorName } from '../../errors';

/** What is the same for all objects of a task. */
export type TaskOfObject = Omit<Task, 'objects'>;

/** Worker to slot: process this object. Several may be in flight; `id` tells their answers apart. */
export interface ObjectRequest {
  id: number;
  task: TaskOfObject;
  key: string;
  workerId: string;
}

/** Slot to worker: `begun` when the slot comes to the object, then one of the two others. */
export type SlotMessage =
  | { id: number; begun: true }
  | { id: number; result: ObjectResult }
  | { id: number; failure: { error: TaskErrorName; message: string } };
