/** How a run ended: the facts, for people and for machines. */
import type { Execution, ExecutionDescription, Results, RunFigures } from '../../client';
import type { Tries } from '../../client/follow/tries';
import type { Prediction } from '../../client/plan/saved-plan';
import type { Cost } from '../../runtime/cost/cost';
import type { Work } from '../../runtime/cost/usage';
import type { InjectedFaults } from '../local/fault-options';
import type { Target } from '../target/target';
import type { FollowedToEnd } from './follow';
import { runCost } from './prices';

/** The JSON of `--json`. */
export interface Summary {
  /** Status of the execution, as Step Functions names it: SUCCEEDED, FAILED, ABORTED, TIMED_OUT; RUNNING if not followed. */
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
  /** Those that succeeded, and whose earlier outputs were not up to date: by what has changed; absent if there are none. */
  made_again?: Results['madeAgain'];
  /** The objects that failed by error, the most frequent first, each with an example; absent if none failed. */
  failures?: FailedObjects[];
  /** Attempts that failed and were made again, by error, as the workers logged them; absent if there are none, or if it is not known. */
  retries?: Tries['retried'];
  /** Objects that had more than one attempt, whatever became of them; absent if there are none. */
  retried_objects?: number;
  /** Tasks that workers handed back; absent if there are none, or if it is not known. */
  interruptions?: number;
  /** The objects that took longest, at most 3; absent if none was processed. */
  slowest?: SlowObject[];
  /** MiB that a slot held at most, with what it had started; absent if it is not known. */
  peak_memory_mib?: number;
  /** Not begun, or cut off, when the run ended. */
  pending: number;
  /** From the execution's start to its end. */
  seconds: number;
  /** What it costs on AWS, an estimate by its own instances, requests and log lines; absent if a price is not known. */
  cost?: Cost;
  /** What the plan said of it; absent if nobody planned it. */
  predicted?: Prediction;
  /** Objects that are done or failed, per second. */
  objects_per_second: number;
  /** Asked for. */
  workers: number;
  /** The workers that ran at the end of the work, up to `workers`: for a run that succeeded, and for one that did not reach its map (0). */
  workers_running?: number;
  /** Why fewer ran, in the service's own words; absent if enough ran, or if no reason is known. */
  shortage?: string;
  /** Where the outputs are: an s3:// URL, or a path. */
  outputs: string;
  /** Where the results are; absent if the run did not reach its map, or had nothing to process. */
  results?: string;
  /** What was selected from what; absent if the whole prefix or list was processed. */
  selection?: string;
  /** Only of a run with --fault. */
  faults?: InjectedFaults;
  /** Only of a run that failed. */
  error?: string;
  cause?: string;
}

interface FailedObjects {
  error: string;
  count: number;
  /** `at`: `processors/thumbnail/index.ts:12:5`, if it is known. */
  example: { object_key: string; message: string; at?: string };
}

interface SlowObject {
  object_key: string;
  seconds: number;
  bytes: number;
}

const SLOWEST = 3;

export async function summarize(
  { batch, faults }: Pick<Target, 'batch' | 'faults'>,
  execution: Execution,
  { ended, last, work, prices }: FollowedToEnd,
): Promise<Summary> {
  const { status, input, startedAt, endedAt = new Date(), error, cause } = ended;
  const results = await execution.results();
  const { succeeded, skipped, failed, pending, madeAgain, figures } = results;
  const objects = succeeded + skipped + failed + pending;
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000;
  const predicted = await execution.prediction(input.worker_count);
  const hasMap = last.processingSeconds > 0;
  return {
    status,
    execution: execution.arn,
    objects,
    succeeded,
    skipped,
    failed,
    ...(Object.keys(madeAgain).length > 0 && { made_again: madeAgain }),
    ...(figures && describeFigures(figures)),
    ...(last.tries && describeTries(last.tries)),
    pending,
    seconds,
    objects_per_second: Math.round((100 * (objects - pending)) / seconds) / 100,
    workers: input.worker_count,
    ...(hasMap ? workersOf(ended) : { workers_running: 0 }),
    cost: runCost({ batch }, { ...work, ...outcomeOf(results), ...(isEmpty(ended) && NO_WORKERS) }, prices),
    predicted,
    outputs: batch.locate(batch.outputPrefix(input), batch.deployment.outputBucketName),
    ...(hasMap && { results: batch.locate(results.prefix) }),
    selection: ended.output?.selection?.message,
    faults: faults?.(),
    error,
    cause,
  };
}

/** The workflow launches no worker if nothing is selected. */
const NO_WORKERS = { workers: 0, workerSeconds: 0 };

function isEmpty({ output }: ExecutionDescription): boolean {
  return output?.map_run_arn === null;
}

/** What the results know more exactly than the snapshots. */
function outcomeOf({ succeeded, skipped, failed, figures }: Results): Partial<Work> {
  return {
    objects: succeeded + skipped + failed,
    skipped,
    outputs: succeeded,
    ...(figures && { outputBytes: figures.bytesOut }),
  };
}

function describeFigures({ failures, retried, slowest, peakMemoryMib }: RunFigures): Partial<Summary> {
  return {
    ...(failures.length > 0 && { failures: failures.map(describeFailures) }),
    ...(retried > 0 && { retried_objects: retried }),
    ...(slowest.length > 0 && {
      slowest: slowest
        .slice(0, SLOWEST)
        .map(({ key, seconds, bytes }) => ({ object_key: key, seconds, bytes })),
    }),
    ...(peakMemoryMib > 0 && { peak_memory_mib: peakMemoryMib }),
  };
}

function describeTries({ retried, interruptions }: Tries): Partial<Summary> {
  return {
    ...(Object.keys(retried).length > 0 && { retries: retried }),
    ...(interruptions > 0 && { interruptions }),
  };
}

const OWN_FILE = /\bprocessors\/(?!\S*\bnode_modules\/)[^\s():]+:\d+:\d+/;

function describeFailures({ error, count, objects }: RunFigures['failures'][number]): FailedObjects {
  const { key = '', message = '', stack = '' } = objects[0] ?? {};
  const [at] = OWN_FILE.exec(stack) ?? [];
  return { error, count, example: { object_key: key, message, ...(at && { at }) } };
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
