/** How a run ended, for people and for machines. */
import type { Execution, ExecutionDescription, Results } from '../../client';
import { describeInjected, type InjectedFaults } from '../local/fault-options';
import type { Target } from './target';

/** The JSON of `--json`. */
export interface Summary {
  /** Of the execution, as Step Functions names it: SUCCEEDED, FAILED, ABORTED, TIMED_OUT; RUNNING if not followed. */
  status: string;
  /** ARN */
  execution: string;
  /**
   * The objects of the run: succeeded + skipped + failed + pending. If the run ended before it had read its source
   * completely: the objects that it had read.
   */
  objects: number;
  succeeded: number;
  /** Their output was up to date, or they are folder markers. */
  skipped: number;
  failed: number;
  /** Not begun, or cut off, when the run ended. */
  pending: number;
  /** From the execution's start to its end. */
  seconds: number;
  /** Of those that are done, or failed. */
  objects_per_second: number;
  /** Asked for. */
  workers: number;
  /** The workers that ran at the end of the work, up to `workers`; only for a run that succeeded. */
  workers_running?: number;
  /** Why fewer ran, in the service's own words; absent if enough ran, or if no reason is known. */
  shortage?: string;
  /** Where the outputs are: an s3:// URL, or a path. */
  outputs: string;
  /** Where the results are. */
  results: string;
  /** Of a run with --fault. */
  faults?: InjectedFaults;
  /** Of a run that failed. */
  error?: string;
  cause?: string;
}

export async function summarize(
  { batch, faults }: Pick<Target, 'batch' | 'faults'>,
  execution: Execution,
  ended: ExecutionDescription,
): Promise<{ summary: Summary; results: Results }> {
  const { status, input, startedAt, endedAt = new Date(), error, cause } = ended;
  const results = await execution.results();
  const { succeeded, skipped, failed, pending } = results;
  const objects = succeeded + skipped + failed + pending;
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000;
  const summary: Summary = {
    status,
    execution: execution.arn,
    objects,
    succeeded,
    skipped,
    failed,
    pending,
    seconds,
    objects_per_second: Math.round((100 * (objects - pending)) / seconds) / 100,
    workers: input.worker_count,
    ...workersOf(ended),
    outputs: batch.locate(batch.deployment.outputPrefix),
    results: batch.locate(results.prefix),
    faults: faults?.(),
    error,
    cause,
  };
  return { summary, results };
}

/** Executions share the fleet: workers beyond this execution's number do not count. */
function workersOf({ output, input }: ExecutionDescription): Pick<Summary, 'workers_running' | 'shortage'> {
  if (!output) return {};
  const { fleet } = output;
  return {
    workers_running: Math.min(input.worker_count, fleet.running),
    ...(fleet.reason && { shortage: fleet.reason }),
  };
}

function describeWorkers({ workers, workers_running = workers, shortage }: Summary): string {
  const count = workers_running < workers ? `${workers_running} of ${workers}` : String(workers);
  return shortage ? `${count}: ${shortage}` : count;
}

export function printSummary(summary: Summary, results: Results): void {
  const rows: [string, string][] = [
    ['Status', summary.status],
    ['Objects', String(summary.objects)],
    ['  succeeded', String(summary.succeeded)],
    ['  skipped', String(summary.skipped)],
    ['  failed', String(summary.failed)],
  ];
  if (summary.pending > 0) rows.push(['  not done', String(summary.pending)]);
  rows.push(
    ['Workers', describeWorkers(summary)],
    ['Seconds', summary.seconds.toFixed(1)],
    ['Objects/s', summary.objects_per_second.toFixed(1)],
    ['Outputs', summary.outputs],
    ['Results', summary.results],
  );
  if (summary.faults) rows.push(['Faults', describeInjected(summary.faults)]);
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(12)} ${value}\n`);
  for (const { object_key, error, message } of results.failures) {
    process.stdout.write(`Failed       ${object_key}: ${error}: ${message}\n`);
  }
  const more = summary.failed - results.failures.length;
  if (results.failures.length > 0 && more > 0) {
    process.stdout.write(`             … and ${more} more, in the results\n`);
  }
}
