/** The report to Step Functions about a task that has ended, within the service's size limits. */
import type { ObjectFailure, ObjectResult, Task, TaskFailureCause } from '../../contract';
import { PERMANENT_ERRORS, type TaskErrorName } from '../../errors';

/** What became of each object of a task, in one list or the other. */
export interface TaskOutcome {
  results: ObjectResult[];
  failures: ObjectFailure[];
  /** Positions of the failed objects, in the order of `failures`, among the objects of the task. */
  failedItems: number[];
}

/** Which attempt a report is about: where and when the task was performed. */
type AttemptOrigin = Pick<TaskFailureCause, 'worker_id' | 'slot' | 'attempt' | 'started_at'>;

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
/** As JSON, where a control character takes six characters. */
const MAX_MESSAGE_CHARACTERS = 2_000;
const MAX_STACK_CHARACTERS = 2_000;

/** The report of a task that was processed to its end: a success if every object is one. */
export function outcomeReport(outcome: TaskOutcome, origin: AttemptOrigin): TaskReport {
  if (outcome.failures.length === 0) return { output: successOutput(outcome.results) };
  const succeeded = outcome.results.filter(({ status }) => status === 'success').length;
  return failure(outcome, succeeded, outcome.results.length - succeeded, origin);
}

/** The report of a task that is abandoned as a whole (the worker has to stop, say): none of its objects counts as done. */
export function taskFailure(
  task: Task,
  error: TaskErrorName,
  message: string,
  workerId: string,
): TaskFailure {
  const failures = task.objects.map(({ Key }) => ({ object_key: Key, error, message }));
  return failure({ failures, failedItems: [...failures.keys()] }, 0, 0, {
    worker_id: workerId,
    attempt: task.attempt,
  });
}

/** If the list would be too large: what is left out of each result, one after the other, until it fits. */
const DISPENSABLE: ((result: ObjectResult) => ObjectResult)[] = [
  (result) => ({ ...result, content: '' }),
  ({ outputs, ...result }) => ({
    ...result,
    ...(outputs && { outputs: outputs.map(({ record: _, ...output }) => output) }),
  }),
  // Their index lists dynamic ones; the processor declares the others.
  ({ outputs: _, ...result }) => result,
  ({ processor_time: _, ...result }) => result,
];

function successOutput(results: ObjectResult[]): string {
  let left = results;
  let output = JSON.stringify(left);
  for (const leaveOut of DISPENSABLE) {
    if (Buffer.byteLength(output) <= MAX_OUTPUT_BYTES) break;
    left = left.map(leaveOut);
    output = JSON.stringify(left);
  }
  return output;
}

function failure(
  { failures, failedItems }: Pick<TaskOutcome, 'failures' | 'failedItems'>,
  succeeded: number,
  skipped: number,
  origin: AttemptOrigin,
): TaskFailure {
  const permanent = (name: string) => (PERMANENT_ERRORS as readonly string[]).includes(name);
  // A task of several objects is tried again as long as that can help one of them.
  const decisive = failures.find(({ error }) => !permanent(error)) ?? (failures[0] as ObjectFailure);
  const cause: TaskFailureCause = {
    message: `${decisive.object_key}: ${cut(decisive.message)}`,
    ...origin,
    failed_items: failedItems,
    failed: [],
    succeeded_count: succeeded,
    skipped_count: skipped,
  };
  let room = MAX_CAUSE_CHARACTERS - JSON.stringify(cause).length;
  for (const { stack: _, ...one } of failures) {
    const entry = { ...one, message: cut(one.message) };
    const length = JSON.stringify(entry).length + 1;
    if (length > room) break;
    room -= length;
    cause.failed.push(entry);
  }
  // Stacks come last: it matters more that each failed object is in the list.
  for (const [index, entry] of cause.failed.entries()) {
    const stack = failures[index]?.stack;
    if (!stack) continue;
    const full = { ...entry, stack: cut(stack, MAX_STACK_CHARACTERS) };
    const length = JSON.stringify(full).length - JSON.stringify(entry).length;
    if (length > room) break;
    room -= length;
    cause.failed[index] = full;
  }
  return { error: decisive.error, cause: JSON.stringify(cause) };
}

function cut(text: string, length = MAX_MESSAGE_CHARACTERS): string {
  let start = text.slice(0, length);
  while (JSON.stringify(start).length > length + 2) start = start.slice(0, start.length * 0.9);
  return start.length < text.length ? `${start}…` : text;
}
