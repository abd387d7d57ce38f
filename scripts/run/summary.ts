/** How a run ended, for people and for machines. */
import type { Execution, ExecutionDescription, ObjectFailure, Results } from '../../client';
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
  /** Of those that succeeded: their outputs were not up to date. By what has changed; absent if there are none. */
  made_again?: Results['madeAgain'];
  /** The first failures, at most 5, each with the place of the error in the processor's own files; absent if there are none. */
  failures?: Failure[];
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
  /** What was selected from what; absent where the whole prefix or list was processed. */
  selection?: string;
  /** Of a run with --fault. */
  faults?: InjectedFaults;
  /** Of a run that failed. */
  error?: string;
  cause?: string;
}

/** `at`: `processors/thumbnail/index.ts:12:5`, where it is known. */
type Failure = Pick<ObjectFailure, 'object_key' | 'error' | 'message'> & { at?: string };

export async function summarize(
  { batch, faults }: Pick<Target, 'batch' | 'faults'>,
  execution: Execution,
  ended: ExecutionDescription,
): Promise<Summary> {
  const { status, input, startedAt, endedAt = new Date(), error, cause } = ended;
  const results = await execution.results();
  const { succeeded, skipped, failed, pending, madeAgain, failures } = results;
  const objects = succeeded + skipped + failed + pending;
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000;
  return {
    status,
    execution: execution.arn,
    objects,
    succeeded,
    skipped,
    failed,
    ...(Object.keys(madeAgain).length > 0 && { made_again: madeAgain }),
    ...(failures.length > 0 && { failures: failures.map(describeFailure) }),
    pending,
    seconds,
    objects_per_second: Math.round((100 * (objects - pending)) / seconds) / 100,
    workers: input.worker_count,
    ...workersOf(ended),
    outputs: batch.locate(batch.outputPrefix(input), batch.deployment.outputBucketName),
    results: batch.locate(results.prefix),
    selection: ended.output?.selection?.message,
    faults: faults?.(),
    error,
    cause,
  };
}

const OWN_FILE = /\bprocessors\/(?!\S*\bnode_modules\/)[^\s():]+:\d+:\d+/;

function describeFailure({ object_key, error, message, stack = '' }: ObjectFailure): Failure {
  const [at] = OWN_FILE.exec(stack) ?? [];
  return { object_key, error, message, ...(at && { at }) };
}

const CHANGES: Record<keyof Results['madeAgain'], string> = {
  source: 'the object has changed',
  version: "the processor's version is new",
  parameters: 'the parameters are others',
  environment: "the processor's environment is another",
  outputs: 'an output was missing',
};

function describeMadeAgain(madeAgain: Results['madeAgain']): string[] {
  const reasons = Object.entries(madeAgain) as [keyof typeof CHANGES, number][];
  return reasons.map(([reason, count]) => `${count} made again: ${CHANGES[reason]}`);
}

/** Executions share the fleet: workers beyond this execution's number do not count. */
function workersOf({ output, input }: ExecutionDescription): Pick<Summary, 'workers_running' | 'shortage'> {
  const fleet = output?.fleet;
  if (!fleet) return {};
  return {
    workers_running: Math.min(input.worker_count, fleet.running),
    ...(fleet.reason && { shortage: fleet.reason }),
  };
}

function describeWorkers({ workers, workers_running = workers, shortage }: Summary): string {
  const count = workers_running < workers ? `${workers_running} of ${workers}` : String(workers);
  return shortage ? `${count}: ${shortage}` : count;
}

export function printSummary(summary: Summary): void {
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
  const { failed, failures = [], made_again = {} } = summary;
  if (summary.selection) process.stdout.write(`${summary.selection}\n`);
  for (const line of describeMadeAgain(made_again)) process.stdout.write(`${line}\n`);
  for (const { object_key, error, message, at } of failures) {
    process.stdout.write(`Failed       ${object_key}: ${error}: ${message}${at ? ` (${at})` : ''}\n`);
  }
  const more = failed - failures.length;
  if (failures.length > 0 && more > 0) {
    process.stdout.write(`             … and ${more} more, in the results\n`);
  }
}
