/** Outputs whose source is gone. */
import { HeadObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { BatchProcessor } from '../../client';
import { hashSource, parseProvenance } from '../../runtime/provenance';
import { hasStatus } from '../../runtime/s3/has-status';
import type { Progress } from '../cli/progress';
import { UsageError } from '../cli/usage-error';
import { isMadeFrom } from './source-bucket';

export interface Orphans {
  /** Keys of outputs, in the order of the listing. */
  orphans: string[];
  /** How many outputs there are of objects of the buckets. */
  outputs: number;
  /** How many outputs say that their source is elsewhere: in another bucket, or under a key that does not fit theirs. */
  elsewhere: number;
}

const REQUESTS_AT_A_TIME = 32;

/**
 * `buckets`: of the sources. An output whose metadata does not say what it was made from, such as an object of a person, is none. Throws a
 * UsageError for a bucket that may not be listed.
 */
export async function findOrphans(
  batch: BatchProcessor,
  buckets: string[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Orphans> {
  const { outputBucketName, outputPrefix } = batch.deployment;
  const sources = new Set<string>();
  for (const bucket of buckets) {
    for await (const key of keysOf(batch, bucket)) {
      signal.throwIfAborted();
      sources.add(hashSource(bucket, key));
      progress.update(`Listed ${sources.size} objects`);
    }
  }
  const candidates: string[] = [];
  for await (const key of keysOf(batch, outputBucketName, outputPrefix)) {
    signal.throwIfAborted();
    candidates.push(key);
  }
  const limit = pLimit(REQUESTS_AT_A_TIME);
  const found: Orphans = { orphans: [], outputs: 0, elsewhere: 0 };
  let done = 0;
  const looked = await Promise.all(
    candidates.map((key) =>
      limit(async () => {
        signal.throwIfAborted();
        const source = await sourceOf(batch, key);
        done += 1;
        progress.update(`Looked at ${done} of ${candidates.length} outputs`);
        return { key, source };
      }),
    ),
  );
  for (const { key, source } of looked) {
    if (source === undefined) continue;
    if (sources.has(source)) {
      found.outputs += 1;
    } else if (buckets.some((bucket) => isMadeFrom(bucket, key, source))) {
      found.outputs += 1;
      found.orphans.push(key);
    } else {
      found.elsewhere += 1;
    }
  }
  return found;
}

async function* keysOf(batch: BatchProcessor, Bucket: string, Prefix?: string): AsyncGenerator<string> {
  try {
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: batch.s3Of(Bucket) },
      { Bucket, Prefix },
    ))
      for (const { Key = '' } of Contents) yield Key;
  } catch (error) {
    if (!hasStatus(error, 403)) throw error;
    throw new UsageError(
      `You may not list the bucket ${Bucket}, which shows what is gone: allow yourself s3:ListBucket, or prune the outputs of another bucket only, --bucket NAME.`,
    );
  }
}

/** The hash of the output's source; undefined if it does not say. */
async function sourceOf(batch: BatchProcessor, Key: string): Promise<string | undefined> {
  const Bucket = batch.deployment.outputBucketName;
  const answer = await batch.s3Of(Bucket).send(new HeadObjectCommand({ Bucket, Key }));
  return parseProvenance(answer.Metadata ?? {})?.source;
}
