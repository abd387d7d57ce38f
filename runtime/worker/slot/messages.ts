/** The messages between a worker and a slot: plain data, so that they pass to another thread or process. */
import type { ObjectFailure, ObjectResult, Task } from '../../contract';
import type { ProcessorName } from '../processors';

/** What a slot is given. */
export interface SlotRequest {
  task: Task;
  processorName: ProcessorName;
  workerId: string;
}

/** What a slot answers: one entry per object of the task, in one list or the other. */
export interface SlotAnswer {
  results: ObjectResult[];
  failures: ObjectFailure[];
  /** Positions of the failed objects, in the order of `failures`, among the objects of the task. */
  failedItems: number[];
}
