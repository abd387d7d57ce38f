/** One activity task, from the poll's answer to the accepted report. */
import type { Task } from '../contract';
import { INTERRUPTED_ERROR } from '../errors';
import { describeError, log } from '../log';
import type { ActivityClient, ActivityTask } from './activity';
import type { Metrics } from './metrics';
import { parseTask } from './parse-task';
import { type ProcessingPool, Termination } from './processing/pool';
import type { Settings } from './settings';
import { outcomeFailure, successOutput, taskFailure } from './task-report';

export interface TaskContext {
  activity: ActivityClient;
  pool: ProcessingPool;
  settings: Settings;
  workerId: string;
  metrics: Metrics;
  /** Aborted when the worker is told to stop. */
  stopping: AbortSignal;
  /** Aborted, with a Termination, when the worker can wait no longer for its tasks. */
  interruption: AbortSignal;
}

/** The call that ends the task; false if Step Functions has given the task up. Throws when aborted. */
type Report = (signal: AbortSignal) => Promise<boolean>;

/** Never throws: whatever happens to the task is reported, unless Step Functions has given it up. */
export async function performTask({ token, input }: ActivityTask, context: TaskContext): Promise<void> {
  const { activity, metrics, settings } = context;
  const givenUp = new AbortController();
  const beat = async () => {
    if (await activity.heartbeat(token)) return;
    givenUp.abort(new Termination('ProcessorTimeout', 'Step Functions has given the task up'));
  };
  const heartbeat = setInterval(beat, settings.heartbeatIntervalSeconds * 1000);
  // Often the worker is told to stop because the execution has ended: then there is nothing to finish.
  context.stopping.addEventListener('abort', beat, { once: true });
  metrics.taskStarted();
  try {
    const report = await processTask(token, input, context, givenUp.signal);
    // A finished task's report is tried until it is accepted, heartbeats going on meanwhile.
    const accepted = await report(givenUp.signal);
    if (!accepted) log.warn('Report refused: Step Functions has given the task up');
  } catch (error) {
    if (givenUp.signal.aborted) return log.warn('Report abandoned', describeError(givenUp.signal.reason));
    const { cause } = describeError(error);
    log.error('Report refused', { cause });
    await activity.fail(token, { error: 'InvalidTask', cause }, givenUp.signal).catch(() => {});
  } finally {
    clearInterval(heartbeat);
    context.stopping.removeEventListener('abort', beat);
    metrics.taskEnded();
  }
}

async function processTask(
  token: string,
  input: string,
  context: TaskContext,
  givenUp: AbortSignal,
): Promise<Report> {
  const { activity, metrics, settings, workerId } = context;
  let task: Task;
  try {
    task = parseTask(input);
  } catch (error) {
    const { cause } = describeError(error);
    log.error('Invalid task', { cause });
    return (signal) => activity.fail(token, { error: 'InvalidTask', cause }, signal);
  }

  const fields = { execution: task.execution, attempt: task.attempt, objects: task.objects.length };
  const startedAt = performance.now();
  const seconds = () => Math.round(performance.now() - startedAt) / 1000;
  const reportFailure = (failure: { error: string; cause: string }): Report => {
    log.error('Task failed', { ...fields, seconds: seconds(), ...failure });
    return (signal) => activity.fail(token, failure, signal);
  };

  log.info('Processing task', fields);
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    const message = `not done after ${settings.deadlineSeconds} s; its thread was terminated`;
    deadline.abort(new Termination('ProcessorTimeout', message));
  }, settings.deadlineSeconds * 1000);
  try {
    const message = { task, processorName: settings.processor, workerId };
    const signal = AbortSignal.any([givenUp, context.interruption, deadline.signal]);
    const outcome = await context.pool.run(message, signal);
    metrics.count(outcome);
    if (outcome.failures.length > 0) return reportFailure(outcomeFailure(outcome, workerId));
    log.info('Task completed', { ...fields, seconds: seconds() });
    return (signal) => activity.succeed(token, successOutput(outcome.results), signal);
  } catch (error) {
    const { error: name, cause } = describeError(error);
    if (name !== INTERRUPTED_ERROR) metrics.countFailed(task.objects.length);
    return reportFailure(taskFailure(task, name, cause, workerId));
  } finally {
    clearTimeout(timer);
  }
}
