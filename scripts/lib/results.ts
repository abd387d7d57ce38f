/** Reads what a run left below its results prefix: what became of each object. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
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

/** `prefix`: the results prefix of one execution. Streams the files: memory does not grow with the number of objects. */
export async function readResults(s3: S3Client, bucket: string, prefix: string): Promise<Results> {
  const results: Results = { succeeded: 0, skipped: 0, failed: 0, pending: 0, failures: [] };
  results.manifest = await findManifest(s3, bucket, prefix);
  if (!results.manifest) return results;
  const files = await readManifest(s3, bucket, results.manifest);
  for await (const result of succeededObjects(s3, bucket, files)) countSuccess(results, result);
  for (const { Key } of files.FAILED ?? []) {
    for await (const line of readLines(s3, bucket, Key)) countFailure(results, line as ChildExecution);
  }
  for (const { Key } of files.PENDING ?? []) {
    for await (const line of readLines(s3, bucket, Key))
      results.pending += keysOf(line as ChildExecution).length;
  }
  return results;
}

/** Every object that succeeded or was skipped, one by one. `manifest`: key of the manifest of a run's results. */
export async function* readSucceeded(
  s3: S3Client,
  bucket: string,
  manifest: string,
): AsyncGenerator<ObjectResult> {
  yield* succeededObjects(s3, bucket, await readManifest(s3, bucket, manifest));
}

async function* succeededObjects(
  s3: S3Client,
  bucket: string,
  files: ResultFiles,
): AsyncGenerator<ObjectResult> {
  for (const { Key } of files.SUCCEEDED ?? []) {
    for await (const line of readLines(s3, bucket, Key)) yield line as ObjectResult;
  }
}

async function readManifest(s3: S3Client, bucket: string, key: string): Promise<ResultFiles> {
  const content = await open(s3, bucket, key);
  return JSON.parse(await content.transformToString()).ResultFiles;
}

async function findManifest(s3: S3Client, bucket: string, prefix: string): Promise<string | undefined> {
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    const found = page.Contents?.find(({ Key }) => Key?.endsWith('/manifest.json'));
    if (found) return found.Key;
  }
  return undefined;
}

function countSuccess(results: Results, { status }: ObjectResult): void {
  if (status === 'skipped') results.skipped += 1;
  else results.succeeded += 1;
}

/** Of a failed task of several objects, those that did not fail themselves are done all the same. */
function countFailure(results: Results, child: ChildExecution): void {
  if (child.Status === 'ABORTED') {
    results.pending += keysOf(child).length;
    return;
  }
  const failures: ObjectFailure[] = [];
  const cause = workerCause(child.Cause);
  if (cause) {
    results.succeeded += cause.succeeded_count;
    results.skipped += cause.skipped_count;
    results.failed += cause.failed_count;
    failures.push(...cause.failed);
  } else {
    const [error, message] = [child.Error ?? 'unknown', child.Cause ?? ''];
    failures.push(...keysOf(child).map((object_key) => ({ object_key, error, message })));
    results.failed += failures.length;
  }
  results.failures.push(...failures.slice(0, FAILURES_SHOWN - results.failures.length));
}

/** What the worker said of a failed task; undefined if the failure is Step Functions' own (a timeout, say). */
function workerCause(cause: string | undefined): TaskFailureCause | undefined {
  try {
    const parsed = JSON.parse(cause ?? '');
    return typeof parsed?.failed_count === 'number' ? parsed : undefined;
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

async function* readLines(s3: S3Client, bucket: string, key: string): AsyncGenerator<unknown> {
  const input = (await open(s3, bucket, key)) as Readable;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line) yield JSON.parse(line);
  }
}
