/** Reads what a run left below its results prefix: what became of each object. */
import type { Readable } from 'node:stream';
import { type _Object, GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectFailure, ObjectResult, TaskFailureCause } from '../../runtime/contract';

export interface Results {
  succeeded: number;
  skipped: number;
  failed: number;
  /** Listed, but not begun, or cut off, when the run ended. */
  pending: number;
  /** The first failures, at most `FAILURES_SHOWN`. */
  failures: ObjectFailure[];
  /** Key of the manifest that names the result files; undefined if the run wrote none. */
  manifest?: string;
}

/** A line of a FAILED or PENDING file: a child execution, as Step Functions exports it. */
interface ChildExecution {
  Status: string;
  Input: string;
  Error?: string;
  Cause?: string;
}

type ResultFiles = Partial<Record<'SUCCEEDED' | 'FAILED' | 'PENDING', { Key: string }[]>>;

export const FAILURES_SHOWN = 5;

/** `prefix`: the results prefix of one execution, or of its Map Run. Streams the files: memory does not grow with the number of objects. */
export async function readResults(s3: S3Client, bucket: string, prefix: string): Promise<Results> {
  const results: Results = { succeeded: 0, skipped: 0, failed: 0, pending: 0, failures: [] };
  results.manifest = await findManifest(s3, bucket, prefix);
  if (!results.manifest) return results;
  const files = await readManifest(s3, bucket, results.manifest);
  for await (const { status } of readLines<ObjectResult>(s3, bucket, files.SUCCEEDED)) {
    if (status === 'skipped') results.skipped += 1;
    else results.succeeded += 1;
  }
  for await (const child of readLines<ChildExecution>(s3, bucket, files.FAILED)) countFailure(results, child);
  for await (const child of readLines<ChildExecution>(s3, bucket, files.PENDING)) {
    results.pending += keysOf(child).length;
  }
  return results;
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
  return JSON.parse(await content.transformToString()).ResultFiles;
}

/** Of a failed task of several objects, those that did not fail themselves are done all the same. */
function countFailure(results: Results, child: ChildExecution): void {
  const failures = failuresOf(child);
  const cause = workerCause(child.Cause);
  if (isCutOff(child)) results.pending += keysOf(child).length;
  results.succeeded += cause?.succeeded_count ?? 0;
  results.skipped += cause?.skipped_count ?? 0;
  results.failed += failures.length;
  results.failures.push(...failures.slice(0, FAILURES_SHOWN - results.failures.length));
}

/** The objects of a task that failed: none where it did not fail, but was cut off by the end of the run. */
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

/** What the worker said of a failed task; undefined if the failure is Step Functions' own (a timeout, say). */
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

/** Not with readline, which also breaks lines at U+2028 and U+2029: these may stand in a key. */
async function* readLines<T>(s3: S3Client, bucket: string, files: { Key: string }[] = []): AsyncGenerator<T> {
  for (const { Key } of files) {
    const content = (await open(s3, bucket, Key)) as Readable;
    let rest = '';
    for await (const chunk of content.setEncoding('utf8')) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line) yield JSON.parse(line);
    }
    if (rest) yield JSON.parse(rest);
  }
}
