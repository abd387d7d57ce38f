/** What Step Functions is told of a task that has ended, within the service's size limits. */
import type { ObjectFailure, ObjectResult, Task, TaskFailureCause } from '../../contract';
import { PERMANENT_ERRORS, type TaskErrorName } from '../../errors';

/** What became of each object of a task, in one list or the other. */
export interface TaskOutcome {
  results: ObjectResult[];
  failures: ObjectFailure[];
  /** Positions of the failed objects, in the order of `failures`, among the objects of the task. */
  failedItems: number[];
}

export type TaskReport = TaskSuccess | TaskFailure;

export interface TaskSuccess {
  /** JSON: a list of ObjectResult. */
  output: string;
}

export interface TaskFailure {
  error: string;
  /** JSON, a TaskFailureCause; of an invalid task: text. */
  cause: string;
}

/** SendTaskSuccess takes 256 KiB of output, counted in UTF-8 bytes. */
const MAX_OUTPUT_BYTES = 262_144;
/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
export const MAX_CAUSE_CHARACTERS = 32_768;
/** As JSON, where a control character takes six. */
const MAX_MESSAGE_CHARACTERS = 2_000;

/** The report of a task that was processed to its end: a success if every object is one. */
export function outcomeReport(outcome: TaskOutcome, workerId: string): TaskReport {
  if (outcome.failures.length === 0) return { output: successOutput(outcome.results) };
  const succeeded = outcome.results.filter(({ status }) => status === 'success').length;
  return failure(outcome, succeeded, outcome.results.length - succeeded, workerId);
}

/** The report of a task that is abandoned as a whole (the worker has to stop, say): none of its objects counts as done. */
export function taskFailure(
  task: Task,
  error: TaskErrorName,
  message: string,
  workerId: string,
): TaskFailure {
  const failures = task.objects.map(({ Key }) => ({ object_key: Key, error, message }));
  return failure({ failures, failedItems: [...failures.keys()] }, 0, 0, workerId);
}

/** Leaves previews out where the list would be too large with them. */
function successOutput(results: ObjectResult[]): string {
  const output = JSON.stringify(results);
  if (Buffer.byteLength(output) <= MAX_OUTPUT_BYTES) return output;
  return JSON.stringify(results.map((result) => ({ ...result, content: '' })));
}

function failure(
  { failures, failedItems }: Pick<TaskOutcome, 'failures' | 'failedItems'>,
  succeeded: number,
  skipped: number,
  workerId: string,
): TaskFailure {
  const permanent = (name: string) => (PERMANENT_ERRORS as readonly string[]).includes(name);
  // A task of several objects is tried again as long as that can help one of them.
  const decisive = failures.find(({ error }) => !permanent(error)) ?? (failures[0] as ObjectFailure);
  const cause: TaskFailureCause = {
    message: `${decisive.object_key}: ${cut(decisive.message)}`,
    worker_id: workerId,
    failed_items: failedItems,
    failed: [],
    succeeded_count: succeeded,
    skipped_count: skipped,
  };
  let room = MAX_CAUSE_CHARACTERS - JSON.stringify(cause).length;
  for (const one of failures) {
    const entry = { ...one, message: cut(one.message) };
    room -= JSON.stringify(entry).length + 1;
    if (room < 0) break;
    cause.failed.push(entry);
  }
  return { error: decisive.error, cause: JSON.stringify(cause) };
}

function cut(message: string): string {
  let start = message.slice(0, MAX_MESSAGE_CHARACTERS);
  while (JSON.stringify(start).length > MAX_MESSAGE_CHARACTERS + 2)
    start = start.slice(0, start.length * 0.9);
  return start.length < message.length ? `${start}…` : message;
}
