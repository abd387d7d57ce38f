/** Performs one task: the activity's input in, what is to be reported and counted out. */
import type { ObjectFailure, ObjectReference, ObjectResult, Task } from '../../contract';
import { INTERRUPTED_ERROR } from '../../errors';
import { describeError, log } from '../../log';
import {
  type LogLine,
  OBJECT_FAILED,
  PROCESSING_TASK,
  TASK_COMPLETED,
  TASK_FAILED,
  TASK_HANDED_BACK,
} from '../../log-lines';
import type { TaskForLane, TaskInLane } from '../supervisor/lane';
import { TaskError } from '../task-error';
import { processingOrder } from './order';
import { parseTask } from './parse-task';
import { outcomeReport, type TaskOutcome, type TaskReport, taskFailure } from './report';
import type { SlotAssignment } from './slot-assigner';

export interface PerformedTask {
  report: TaskReport;
  /** The objects that were processed or skipped. */
  results: ObjectResult[];
  /** How many objects failed. Those of a task that is handed back did not. */
  failed: number;
}

export interface PerformOptions {
  workerId: string;
  /** A way for the task's objects through a slot, until the signal ends it. */
  open(task: TaskForLane): TaskInLane;
  /** Of the task; it begins here, and the caller ends it. */
  assignment: Pick<SlotAssignment, 'begin' | 'endSoon'>;
}

/** Never throws: whatever happens to the task is in the report. Aborting `signal`, with a TaskError, ends it so. */
export async function performTask(
  input: string,
  options: PerformOptions,
  signal: AbortSignal,
): Promise<PerformedTask> {
  let task: Task;
  try {
    task = parseTask(input);
  } catch (error) {
    const { cause } = describeError(error);
    log.error('Invalid task', { cause });
    return { report: { error: 'InvalidTask', cause }, results: [], failed: 0 };
  }

  const { workerId, assignment } = options;
  const { execution, attempt, deaths } = task;
  const fields = { execution, attempt, ...(deaths > 0 && { deaths }), objects: task.objects.length };
  let begun: Awaited<ReturnType<SlotAssignment['begin']>>;
  try {
    begun = await assignment.begin(task, signal);
  } catch {
    return abandoned(task, [], signal.reason, workerId);
  }
  if (begun.handedBack !== undefined) {
    const { handedBack: reason } = begun;
    log.info(TASK_HANDED_BACK, { ...fields, reason });
    return abandoned(task, [], new TaskError(INTERRUPTED_ERROR, reason), workerId);
  }
  const startedAt = performance.now();
  const { slot } = begun;
  log.info(PROCESSING_TASK, { ...fields, slot });
  const performed = await processObjects(task, slot, options, signal);
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  if ('output' in performed.report) log.info(TASK_COMPLETED, { ...fields, slot, seconds });
  else log.error(TASK_FAILED, { ...fields, slot, seconds, ...performed.report });
  return performed;
}

/** One that fails does not hold up the others. */
async function processObjects(
  { objects, ...task }: Task,
  slot: number,
  { open, workerId, assignment }: PerformOptions,
  signal: AbortSignal,
): Promise<PerformedTask> {
  const outcomes: (ObjectResult | ObjectFailure)[] = [];
  const origin = { worker_id: workerId, slot, attempt: task.attempt, started_at: new Date().toISOString() };
  const lane = open({ task: { ...task, slot }, workerId, signal, onAlmostDone: assignment.endSoon });
  const { execution, attempt } = task;
  const processItem = async (item: number) => {
    const { Key: key } = objects[item] as ObjectReference;
    try {
      outcomes[item] = await lane.process(key);
    } catch (error) {
      if (signal.aborted) return;
      const { name, message, userStack: stack } = error as TaskError;
      outcomes[item] = { object_key: key, error: name, message, ...(stack && { stack }) };
      log.error(OBJECT_FAILED, {
        key,
        execution,
        slot,
        attempt,
        error: name,
        cause: message,
        ...(stack && { stack }),
      } satisfies LogLine);
    }
  };
  await Promise.all(processingOrder(objects.length, task.deaths).map(processItem));
  await lane.close();
  if (signal.aborted) return abandoned({ objects, ...task }, outcomes, signal.reason, workerId);
  const outcome = sortOut(outcomes);
  const { results, failures } = outcome;
  return {
    report: outcomeReport(outcome, origin),
    results,
    failed: failures.length,
  };
}

/** The outcomes that there are, by the objects' positions. */
function sortOut(outcomes: (ObjectResult | ObjectFailure)[]): TaskOutcome {
  const sorted: TaskOutcome = { results: [], failures: [], failedItems: [] };
  outcomes.forEach((outcome, item) => {
    if ('status' in outcome) {
      sorted.results.push(outcome);
    } else {
      sorted.failures.push(outcome);
      sorted.failedItems.push(item);
    }
  });
  return sorted;
}

/** The worker stops, or Step Functions has given the task up: the task is tried again as a whole, and skips what is done. */
function abandoned(
  task: Task,
  outcomes: (ObjectResult | ObjectFailure)[],
  { name, message }: TaskError,
  workerId: string,
): PerformedTask {
  const { results } = sortOut(outcomes);
  const failed = name === INTERRUPTED_ERROR ? 0 : task.objects.length - results.length;
  return { report: taskFailure(task, name, message, workerId), results, failed };
}
