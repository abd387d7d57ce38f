/** One activity task, from the poll's answer to the accepted report. Heartbeats go on all the while. */
import { describeError, log } from '../../log';
import type { ActivityClient, ActivityTask } from '../activity';
import type { Metrics } from '../metrics';
import { Heartbeat } from './heartbeat';
import { type PerformOptions, performTask } from './perform-task';
import type { TaskReport } from './report';
import type { SlotAssigner } from './slot-assigner';

export interface TaskContext extends Omit<PerformOptions, 'assignment'> {
  activity: ActivityClient;
  metrics: Metrics;
  slotAssigner: SlotAssigner;
  /** Seconds between two heartbeats. */
  heartbeatIntervalSeconds: number;
  /** Aborted when the worker is told to stop. */
  draining: AbortSignal;
  /** Aborted, with a TaskError, when the worker waits no longer for its tasks. */
  interruption: AbortSignal;
}

/** Never throws: whatever happens to the task is reported, unless Step Functions has given it up. */
export async function runTask({ token, input }: ActivityTask, context: TaskContext): Promise<void> {
  const { activity, metrics, slotAssigner, draining, interruption } = context;
  const heartbeat = new Heartbeat(() => activity.heartbeat(token), context.heartbeatIntervalSeconds);
  const { givenUp, beat } = heartbeat;
  // Often the worker is told to stop because the execution has ended: then there is nothing to finish.
  draining.addEventListener('abort', beat);
  const assignment = slotAssigner.newAssignment();
  const ending = endingWith(givenUp, interruption);
  try {
    const performed = await performTask(input, { ...context, assignment }, ending.signal);
    metrics.count(performed);
    assignment.endSoon();
    await reportTask(activity, token, performed.report, givenUp);
  } finally {
    heartbeat.stop();
    ending.forget();
    draining.removeEventListener('abort', beat);
    // A slot takes no other task while the reports of two tasks are not accepted.
    assignment.end();
  }
}

/**
 * A signal that is aborted with the first of them. In the place of AbortSignal.any, which takes five times as long, and leaves something in a
 * signal that lives on.
 */
function endingWith(...signals: AbortSignal[]): { signal: AbortSignal; forget(): void } {
  const ending = new AbortController();
  const abort = () => ending.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) {
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: ending.signal,
    forget: () => {
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}

/** The one place that reports a task: until it is accepted, or Step Functions has given the task up. */
async function reportTask(
  activity: ActivityClient,
  token: string,
  report: TaskReport,
  givenUp: AbortSignal,
): Promise<void> {
  try {
    const accepted = await activity.report(token, report, givenUp);
    if (!accepted) log.warn('Report refused: Step Functions has given the task up');
  } catch (error) {
    if (givenUp.aborted) return log.warn('Report abandoned', describeError(givenUp.reason));
    const { cause } = describeError(error);
    log.error('Report refused', { cause });
    await activity.report(token, { error: 'InvalidTask', cause }, givenUp).catch(() => {});
  }
}
