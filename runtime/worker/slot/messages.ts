/** The messages between a worker and a slot: plain data, so that they pass to another thread or process. */
import type { ObjectFailure, ObjectResult, Task } from '../../contract';
import type { ProcessorName } from '../processors';

/** The message to a slot. */
export interface SlotRequest {
  task: Task;
  processorName: ProcessorName;
  workerId: string;
}

/** The answer of a slot: each object of the task has one entry, in one list or the other. */
export interface SlotAnswer {
  results: ObjectResult[];
  failures: ObjectFailure[];
  /** Positions of the failed objects, in the order of `failures`, among the objects of the task. */
  failedItems: number[];
}
