/** One task: its objects one after the other. An object that fails does not hold up the others. */
import type { Task } from '../../contract';
import { objectFailure } from './failure';
import type { SlotAnswer } from './messages';
import { type ProcessingContext, processObject } from './process-object';

/** Never throws: what fails is in the answer. */
export async function processTask(task: Task, context: ProcessingContext): Promise<SlotAnswer> {
  const answer: SlotAnswer = { results: [], failures: [], failedItems: [] };
  for (const [item, { Key }] of task.objects.entries()) {
    try {
      answer.results.push(await processObject(task, Key, context));
    } catch (error) {
      answer.failures.push(objectFailure(error, Key));
      answer.failedItems.push(item);
    }
  }
  return answer;
}
