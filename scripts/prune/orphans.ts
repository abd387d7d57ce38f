/** Outputs whose source is gone. */
import { DeleteObjectsCommand, HeadObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { BatchProcessor } from '../../client';
import { hashSource, parseProvenance } from '../../runtime/provenance';
import type { Progress } from '../cli/progress';

export interface Orphans {
  /** Keys of outputs, in the order of the listing. */
  orphans: string[];
  /** How many outputs there are. */
  outputs: number;
}

const REQUESTS_AT_A_TIME = 32;
/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_DELETED_AT_A_TIME = 1000;

/** An output whose metadata does not say what it was made from, such as an object of a person, is none. */
export async function findOrphans(
  batch: BatchProcessor,
  progress: Progress,
  signal: AbortSignal,
): Promise<Orphans> {
  const { bucketName, outputPrefix, resultsPrefix, manifestsPrefix } = batch.deployment;
  const written = [outputPrefix, resultsPrefix, manifestsPrefix];
  const sources = new Set<string>();
  const candidates: string[] = [];
  for await (const key of keysOf(batch)) {
    signal.throwIfAborted();
    if (key.startsWith(outputPrefix)) candidates.push(key);
    else if (!written.some((prefix) => key.startsWith(prefix))) sources.add(hashSource(bucketName, key));
    progress.update(`Listed ${sources.size + candidates.length} objects`);
  }
  const limit = pLimit(REQUESTS_AT_A_TIME);
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
  const outputs = looked.filter(({ source }) => source !== undefined);
  const orphans = outputs.filter(({ source = '' }) => !sources.has(source)).map(({ key }) => key);
  return { orphans, outputs: outputs.length };
}

async function* keysOf({ clients, deployment }: BatchProcessor): AsyncGenerator<string> {
  const query = { Bucket: deployment.bucketName };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: clients.s3 }, query))
    for (const { Key = '' } of Contents) yield Key;
}

/** The hash of the output's source; undefined where it does not say. */
async function sourceOf({ clients, deployment }: BatchProcessor, Key: string): Promise<string | undefined> {
  const answer = await clients.s3.send(new HeadObjectCommand({ Bucket: deployment.bucketName, Key }));
  return parseProvenance(answer.Metadata ?? {})?.source;
}

/** Throws an Error that names an object that S3 does not delete. */
export async function deleteObjects({ clients, deployment }: BatchProcessor, keys: string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += MAX_DELETED_AT_A_TIME) {
    const Objects = keys.slice(start, start + MAX_DELETED_AT_A_TIME).map((Key) => ({ Key }));
    const Delete = { Objects, Quiet: true };
    const { Errors } = await clients.s3.send(
      new DeleteObjectsCommand({ Bucket: deployment.bucketName, Delete }),
    );
    const refused = Errors?.[0];
    if (refused) throw new Error(`${refused.Key} could not be deleted: ${refused.Code}: ${refused.Message}`);
  }
}
