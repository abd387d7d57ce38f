/** Starts an execution and follows it to its end, for `execute` and `e2e`. */
import type { Execution, ExecutionDescription, ExecutionInput, Snapshot } from '../../client';
import { troubleOf } from '../../client/patience';
import { executionConsoleUrl } from '../../stacks/console';
import type { Progress } from '../cli/progress';
import type { Target } from './target';
import { WorkerLog } from './worker-log';

/** The local cloud answers at once, and costs nothing. On AWS the client keeps to the API's quotas. */
const INTERVAL_SECONDS = { local: 0.25, aws: undefined };

/** Shows the ARN and, on AWS, the console link. The caller has checked the input. */
export async function start(
  { kind, batch }: Target,
  name: string,
  input: ExecutionInput,
  progress: Progress,
): Promise<Execution> {
  const execution = await batch.start(input, { name, check: false });
  progress.note(`Execution ${execution.arn}`);
  if (kind === 'aws') progress.note(executionConsoleUrl(batch.deployment.region, execution.arn));
  return execution;
}

/** CloudWatch Logs takes some seconds for a line; the local cloud none. */
const LOG_DELAY_SECONDS = { local: 0, aws: 30 };

export interface FollowedRun {
  execution: Execution;
  /** Asked for. */
  workers: number;
  /** Whether the workers' log lines are shown, too. */
  logs?: boolean;
  /** Whether the execution goes on when `signal` is aborted. Default: it is stopped. */
  isLeft?: boolean;
}

/** Shows the progress. When `signal` is aborted, stops the execution, unless it is left, and throws the signal's reason. */
export async function followToEnd(
  { kind, log }: Target,
  { execution, workers, logs, isLeft }: FollowedRun,
  progress: Progress,
  signal: AbortSignal,
): Promise<ExecutionDescription> {
  const since = { since: Date.now() - 1000, delaySeconds: LOG_DELAY_SECONDS[kind] };
  let workerLog = logs ? new WorkerLog({ ...log(), execution: execution.name, ...since }) : undefined;
  const showLog = async () => {
    try {
      for (const line of (await workerLog?.read()) ?? []) progress.note(line);
    } catch (error) {
      // The next look may read it.
      if (troubleOf(error)) return;
      // The run goes on without it.
      progress.note(`The workers' log cannot be read: ${(error as Error).message}`);
      workerLog?.close();
      workerLog = undefined;
    }
  };
  try {
    for await (const snapshot of execution.follow({ signal, intervalSeconds: INTERVAL_SECONDS[kind] })) {
      await showLog();
      if (snapshot.phase !== 'ended') progress.update(describeSnapshot(snapshot, workers));
    }
    progress.end();
    return await execution.describe();
  } catch (error) {
    if (!signal.aborted) throw error;
    if (isLeft) throw signal.reason;
    progress.step('Stopping the execution and its workers');
    await execution.stop('Stopped from the command line');
    throw signal.reason;
  } finally {
    workerLog?.close();
  }
}

/** One line on a running execution. */
function describeSnapshot(snapshot: Snapshot, workers: number): string {
  const { phase, workersRunning, total, done, failed, processingSeconds } = snapshot;
  const running = `${workersRunning ?? 0} of ${workers} workers`;
  if (phase === 'provisioning') return `Provisioning: ${running} running`;
  const rate = processingSeconds > 0 ? (done / processingSeconds).toFixed(1) : '0.0';
  const objects = `${done} of ${total} objects, ${failed} failed, ${rate} objects/s`;
  return phase === 'processing'
    ? `Processing: ${objects}, ${running}`
    : `Deprovisioning: ${objects}, ${running}`;
}
