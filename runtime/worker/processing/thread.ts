/** Entry of a processing thread: one task at a time, its objects one after the other. */
import { S3Client } from '@aws-sdk/client-s3';
import type { ObjectFailure, ObjectResult, Task } from '../../contract';
import { type ProcessorName, processors } from '../processors';
import { objectFailure } from './failure';
import { processObject } from './process-object';

/** What the worker's main thread hands over. */
export interface TaskMessage {
  task: Task;
  processorName: ProcessorName;
  workerId: string;
}

/** What comes back: one entry per object of the task, in one list or the other. */
export interface TaskOutcome {
  results: ObjectResult[];
  failures: ObjectFailure[];
  /** Positions of the failed ones, in the order of `failures`, among the objects of the task. */
  failedItems: number[];
}

const s3 = new S3Client({
  maxAttempts: 5,
  // Until the answer begins. A body may then stand still as long as the processor takes: the task's deadline ends it.
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
});

export default async function processTask({
  task,
  processorName,
  workerId,
}: TaskMessage): Promise<TaskOutcome> {
  const context = { s3, processorName, processor: processors[processorName], workerId };
  const outcome: TaskOutcome = { results: [], failures: [], failedItems: [] };
  for (const [item, { Key }] of task.objects.entries()) {
    try {
      outcome.results.push(await processObject(task, Key, context));
    } catch (error) {
      outcome.failures.push(objectFailure(error, Key));
      outcome.failedItems.push(item);
    }
  }
  return outcome;
}
