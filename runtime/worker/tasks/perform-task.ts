/** Performs one task: the activity's input in, what is to be reported and counted out. */
import type { ObjectResult, Task } from '../../contract';
import { INTERRUPTED_ERROR } from '../../errors';
import { describeError, log } from '../../log';
import type { SlotAnswer, SlotRequest } from '../slot/messages';
import { TaskError } from '../task-error';
import { parseTask } from './parse-task';
import { answerReport, type TaskReport, taskFailure } from './report';

export interface PerformedTask {
  report: TaskReport;
  /** The objects that were processed or skipped. */
  results: ObjectResult[];
  /** How many objects failed. Those of a task that is handed back did not. */
  failed: number;
}

export interface PerformOptions extends Pick<SlotRequest, 'processorName' | 'workerId'> {
  /** Runs the task in a slot, until the signal ends it. Throws a TaskError. */
  run(request: SlotRequest, signal: AbortSignal): Promise<SlotAnswer>;
  /** Seconds after which a task that has not ended is ended. */
  deadlineSeconds: number;
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

  const fields = { execution: task.execution, attempt: task.attempt, objects: task.objects.length };
  const startedAt = performance.now();
  log.info('Processing task', fields);
  const performed = await runUntilDeadline(task, options, signal);
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  if ('output' in performed.report) log.info('Task completed', { ...fields, seconds });
  else log.error('Task failed', { ...fields, seconds, ...performed.report });
  return performed;
}

async function runUntilDeadline(
  task: Task,
  { run, processorName, workerId, deadlineSeconds }: PerformOptions,
  signal: AbortSignal,
): Promise<PerformedTask> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    const message = `not done after ${deadlineSeconds} s; its thread was terminated`;
    deadline.abort(new TaskError('ProcessorTimeout', message));
  }, deadlineSeconds * 1000);
  try {
    const answer = await run({ task, processorName, workerId }, AbortSignal.any([signal, deadline.signal]));
    const { results, failures } = answer;
    return { report: answerReport(answer, workerId), results, failed: failures.length };
  } catch (error) {
    const { name, message } = error as TaskError;
    const failed = name === INTERRUPTED_ERROR ? 0 : task.objects.length;
    return { report: taskFailure(task, name, message, workerId), results: [], failed };
  } finally {
    clearTimeout(timer);
  }
}
