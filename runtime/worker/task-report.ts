/** What a worker tells Step Functions of a task that has ended, within the service's size limits. */
import type { ObjectFailure, ObjectResult, Task, TaskFailureCause } from '../contract';
import { PERMANENT_ERRORS } from '../errors';
import type { Failure } from './activity';
import type { TaskOutcome } from './processing/thread';

/** SendTaskSuccess takes 256 KiB of output, counted in UTF-8 bytes. */
const OUTPUT_BYTES = 262_144;
const CAUSE_CHARACTERS = 32_768;
/** As JSON, where a control character takes six. */
const MESSAGE_CHARACTERS = 2_000;

/** The task's result: a list, one entry an object. Previews are left out where the list would be too large with them. */
export function successOutput(results: ObjectResult[]): string {
  const output = JSON.stringify(results);
  if (Buffer.byteLength(output) <= OUTPUT_BYTES) return output;
  return JSON.stringify(results.map((result) => ({ ...result, content: '' })));
}

/** The failure of a task of which at least one object failed. */
export function outcomeFailure(outcome: TaskOutcome, workerId: string): Failure {
  const succeeded = outcome.results.filter(({ status }) => status === 'success').length;
  const skipped = outcome.results.length - succeeded;
  return failure(outcome, succeeded, skipped, workerId);
}

/** The failure of a task that ended as a whole (its thread was terminated, say): none of its objects counts as done. */
export function taskFailure(task: Task, error: string, message: string, workerId: string): Failure {
  const failures = task.objects.map(({ Key }) => ({ object_key: Key, error, message }));
  return failure({ failures, failedItems: [...failures.keys()] }, 0, 0, workerId);
}

function failure(
  { failures, failedItems }: Pick<TaskOutcome, 'failures' | 'failedItems'>,
  succeeded: number,
  skipped: number,
  workerId: string,
): Failure {
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
  let room = CAUSE_CHARACTERS - JSON.stringify(cause).length;
  for (const one of failures) {
    const entry = { ...one, message: cut(one.message) };
    room -= JSON.stringify(entry).length + 1;
    if (room < 0) break;
    cause.failed.push(entry);
  }
  return { error: decisive.error, cause: JSON.stringify(cause) };
}

function cut(message: string): string {
  let start = message.slice(0, MESSAGE_CHARACTERS);
  while (JSON.stringify(start).length > MESSAGE_CHARACTERS + 2) start = start.slice(0, start.length * 0.9);
  return start.length < message.length ? `${start}…` : message;
}
