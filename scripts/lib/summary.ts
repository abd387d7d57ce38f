/** What a run came to, for people and for machines. */
import type { DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import type { ExecutionInput } from '../../runtime/contract';
import { FAILURES_SHOWN, type Results, readResults } from './results';
import type { Target } from './target';

/** What `--json` prints. */
export interface Summary {
  /** Of the execution, as Step Functions names it: SUCCEEDED, FAILED, ABORTED, TIMED_OUT; RUNNING if not followed. */
  status: string;
  /** ARN */
  execution: string;
  /** All that the run was to process: succeeded + skipped + failed + pending. */
  objects: number;
  succeeded: number;
  /** Their output was up to date, or they are folder markers. */
  skipped: number;
  failed: number;
  /** Not begun, or cut off, when the run ended. */
  pending: number;
  /** From the execution's start to its end. */
  seconds: number;
  objects_per_second: number;
  /** Asked for. */
  workers: number;
  /** Where the outputs are: an s3:// URL, or a path. */
  outputs: string;
  /** Where the results are. */
  results: string;
  /** Of a run that failed. */
  error?: string;
  cause?: string;
}

export async function summarize(
  target: Target,
  execution: DescribeExecutionCommandOutput,
  input: ExecutionInput,
): Promise<{ summary: Summary; results: Results }> {
  const { resultsPrefix, outputPrefix, bucketName } = target.deployment;
  const prefix = `${resultsPrefix}${execution.name}/`;
  const results = await readResults(target.clients.s3, bucketName, prefix);
  const { succeeded, skipped, failed, pending, manifest } = results;
  const objects = succeeded + skipped + failed + pending;
  const seconds =
    ((execution.stopDate ?? new Date()).getTime() - (execution.startDate ?? new Date()).getTime()) / 1000;
  const summary: Summary = {
    status: execution.status ?? 'unknown',
    execution: execution.executionArn ?? '',
    objects,
    succeeded,
    skipped,
    failed,
    pending,
    seconds,
    objects_per_second: Math.round((100 * objects) / seconds) / 100,
    workers: input.worker_count,
    outputs: target.locate(outputPrefix),
    results: target.locate(manifest ? manifest.slice(0, manifest.lastIndexOf('/') + 1) : prefix),
    error: execution.error,
    cause: execution.cause,
  };
  return { summary, results };
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
    ['Workers', String(summary.workers)],
    ['Seconds', summary.seconds.toFixed(1)],
    ['Objects/s', summary.objects_per_second.toFixed(1)],
    ['Outputs', summary.outputs],
    ['Results', summary.results],
  );
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(12)} ${value}\n`);
  for (const { object_key, error, message } of results.failures) {
    process.stdout.write(`Failed       ${object_key}: ${error}: ${message}\n`);
  }
  const more = summary.failed - results.failures.length;
  if (results.failures.length === FAILURES_SHOWN && more > 0) {
    process.stdout.write(`             … and ${more} more, in the results\n`);
  }
}
