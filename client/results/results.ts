/** Reads the results that Step Functions wrote at the end of an execution: what became of each object. */
import { pipeline, type Readable } from 'node:stream';
import { type _Object, GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { parser } from 'stream-json/jsonl/parser.js';
import type { ObjectFailure, ObjectResult, TaskFailureCause } from '../../runtime/contract';
import { DamagedResultsError } from '../errors';
import { FiguresCollector } from '../figures/collector';
import { observed } from '../figures/observed-object';
import type { RunFigures } from '../figures/run-figures';
import type { FailureOrigin, ObjectOutcome } from '../outcome';

/** How many objects of an execution ended in which way. */
export interface Results {
  /** Processed, and their outputs written. */
  succeeded: number;
  /** Their output was up to date, or they are folder markers. */
  skipped: number;
  failed: number;
  /** Those that succeeded, and whose earlier outputs were not up to date: by what has changed. */
  madeAgain: Partial<Record<NonNullable<ObjectResult['made_again']>, number>>;
  /** Listed, but not begun, or cut off, when the execution ended. */
  pending: number;
  /** The first failures, at most 5. `Execution.failures` has all. */
  failures: ObjectFailure[];
  /** The same objects in figures; undefined if the execution wrote no results. */
  figures?: RunFigures;
  /** Where in the bucket the results are: a prefix that ends with `/`. */
  prefix: string;
  /** Key of the manifest that names the result files; undefined if the execution wrote none. */
  manifest?: string;
}

/** A line of a FAILED or PENDING file: a child execution, as Step Functions exports it. */
interface ChildExecution {
  Status: string;
  Input: string;
  Error?: string;
  Cause?: string;
  /** ISO 8601. */
  StopDate?: string;
}

type ResultFiles = Partial<Record<'SUCCEEDED' | 'FAILED' | 'PENDING', { Key: string }[]>>;

const FIRST_FAILURES = 5;

/**
 * `prefix`: the results prefix of one execution, or of its Map Run. Streams the files: memory does not grow with the number
 * of objects.
 */
export async function readResults(s3: S3Client, bucket: string, prefix: string): Promise<Results> {
  const results = noResults(prefix);
  results.manifest = await findManifest(s3, bucket, prefix);
  if (!results.manifest) return results;
  const files = await readManifest(s3, bucket, results.manifest);
  const { madeAgain } = results;
  const collector = new FiguresCollector();
  const observe = (outcome: ObjectOutcome) => collector.add(observed(outcome));
  for await (const outcome of readLines<ObjectResult>(s3, bucket, files.SUCCEEDED)) {
    const { status, made_again } = outcome;
    observe(outcome);
    if (status === 'skipped') results.skipped += 1;
    else results.succeeded += 1;
    if (made_again) madeAgain[made_again] = (madeAgain[made_again] ?? 0) + 1;
  }
  for await (const child of readLines<ChildExecution>(s3, bucket, files.FAILED)) {
    countFailure(results, child);
    for (const outcome of outcomesOf(child)) observe(outcome);
  }
  for await (const child of readLines<ChildExecution>(s3, bucket, files.PENDING)) {
    results.pending += keysOf(child).length;
    for (const outcome of pending(child)) observe(outcome);
  }
  results.figures = collector.figures;
  return results;
}

export function noResults(prefix: string): Results {
  return { succeeded: 0, skipped: 0, failed: 0, pending: 0, madeAgain: {}, failures: [], prefix };
}

/** Every object that succeeded or was skipped, one by one. `manifest`: key of the manifest of a run's results. */
export async function* readSucceeded(
  s3: S3Client,
  bucket: string,
  manifest: string,
): AsyncGenerator<ObjectResult> {
  yield* readLines<ObjectResult>(s3, bucket, (await readManifest(s3, bucket, manifest)).SUCCEEDED);
}

/** Every object that failed, one by one. `manifest`: key of the manifest of a run's results. */
export async function* readFailed(
  s3: S3Client,
  bucket: string,
  manifest: string,
): AsyncGenerator<ObjectFailure> {
  const files = await readManifest(s3, bucket, manifest);
  for await (const child of readLines<ChildExecution>(s3, bucket, files.FAILED)) yield* failuresOf(child);
}

/** The bucket of the objects that failed: one in each execution. Undefined if none failed. */
export async function readBucketOfFailures(
  s3: S3Client,
  bucket: string,
  manifest: string,
): Promise<string | undefined> {
  const files = await readManifest(s3, bucket, manifest);
  for await (const child of readLines<ChildExecution>(s3, bucket, files.FAILED))
    if (!isCutOff(child)) return JSON.parse(child.Input).BatchInput.bucket;
  return undefined;
}

/** What became of each object, one by one, in no order. `manifest`: key of the manifest of a run's results. */
export async function* readOutcomes(
  s3: S3Client,
  bucket: string,
  manifest: string,
): AsyncGenerator<ObjectOutcome> {
  const files = await readManifest(s3, bucket, manifest);
  yield* readLines<ObjectResult>(s3, bucket, files.SUCCEEDED);
  for await (const child of readLines<ChildExecution>(s3, bucket, files.FAILED)) yield* outcomesOf(child);
  for await (const child of readLines<ChildExecution>(s3, bucket, files.PENDING)) yield* pending(child);
}

function* outcomesOf(child: ChildExecution): Generator<ObjectOutcome> {
  if (isCutOff(child)) return yield* pending(child);
  const failed = new Set<string>();
  const origin = originOf(child);
  for (const failure of failuresOf(child)) {
    failed.add(failure.object_key);
    yield { ...failure, ...origin, status: 'failed' };
  }
  for (const object_key of keysOf(child)) if (!failed.has(object_key)) yield { object_key, status: 'done' };
}

function originOf({ Cause, StopDate }: ChildExecution): FailureOrigin {
  const { worker_id, slot, attempt, started_at } = workerCause(Cause) ?? {};
  return {
    ...(worker_id !== undefined && { worker_id }),
    ...(slot !== undefined && { slot }),
    ...(attempt !== undefined && { attempt }),
    ...(started_at !== undefined && { started_at }),
    ...(StopDate !== undefined && { ended_at: StopDate }),
  };
}

function* pending(child: ChildExecution): Generator<ObjectOutcome> {
  for (const object_key of keysOf(child)) yield { object_key, status: 'pending' };
}

/** The newest below the prefix; undefined if there are no results. */
export async function findManifest(
  s3: S3Client,
  bucket: string,
  prefix: string,
): Promise<string | undefined> {
  let newest: _Object | undefined;
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const object of page.Contents ?? []) {
      if (!object.Key?.endsWith('/manifest.json')) continue;
      if (Number(object.LastModified) >= Number(newest?.LastModified ?? 0)) newest = object;
    }
  }
  return newest?.Key;
}

async function readManifest(s3: S3Client, bucket: string, key: string): Promise<ResultFiles> {
  const content = await open(s3, bucket, key);
  const text = await content.transformToString();
  try {
    return JSON.parse(text).ResultFiles;
  } catch (error) {
    throw damaged(key, error);
  }
}

/** Makes a parser's error one that names the file; returns any other error as it is. */
function damaged(key: string, error: unknown): unknown {
  if (!(error instanceof SyntaxError)) return error;
  return new DamagedResultsError(
    `${key} is damaged (${error.message}): restore it, or start the input of its execution again, which skips what is done.`,
  );
}

/** In a failed task of several objects, those that did not fail themselves are done. */
function countFailure(results: Results, child: ChildExecution): void {
  const failures = failuresOf(child);
  const cause = workerCause(child.Cause);
  if (isCutOff(child)) results.pending += keysOf(child).length;
  results.succeeded += cause?.succeeded_count ?? 0;
  results.skipped += cause?.skipped_count ?? 0;
  results.failed += failures.length;
  results.failures.push(...failures.slice(0, FIRST_FAILURES - results.failures.length));
}

/** The objects of a task that failed: none if it did not fail, but was cut off by the end of the run. */
function failuresOf(child: ChildExecution): ObjectFailure[] {
  if (isCutOff(child)) return [];
  const keys = keysOf(child);
  const cause = workerCause(child.Cause);
  if (!cause) {
    const [error, message] = [child.Error ?? 'unknown', child.Cause ?? ''];
    return keys.map((object_key) => ({ object_key, error, message }));
  }
  const unknown = {
    error: 'unknown',
    message: "too many failed for one task's results: see the worker's log",
  };
  return cause.failed_items.map(
    (item, index) => cause.failed[index] ?? { object_key: keys[item] ?? '', ...unknown },
  );
}

function isCutOff({ Status }: ChildExecution): boolean {
  return Status === 'ABORTED';
}

/** The worker's report of a failed task; undefined if Step Functions itself failed the task (for example by a timeout). */
function workerCause(cause: string | undefined): TaskFailureCause | undefined {
  try {
    const parsed = JSON.parse(cause ?? '');
    return Array.isArray(parsed?.failed_items) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function keysOf({ Input }: ChildExecution): string[] {
  return JSON.parse(Input).Items.map(({ Key }: { Key: string }) => Key);
}

async function open(s3: S3Client, bucket: string, key: string) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (!Body) throw new Error(`${key} has no content`);
  return Body;
}

/** With stream-json, since readline also breaks lines at U+2028 and U+2029, which a key may contain. */
async function* readLines<T>(s3: S3Client, bucket: string, files: { Key: string }[] = []): AsyncGenerator<T> {
  for (const { Key } of files) {
    const content = (await open(s3, bucket, Key)) as Readable;
    // An error of either stream reaches the loop, which also destroys both if its caller stops early.
    try {
      for await (const { value } of pipeline(content, parser.asStream(), () => {})) yield value;
    } catch (error) {
      throw damaged(Key, error);
    }
  }
}
