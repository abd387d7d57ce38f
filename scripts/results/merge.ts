/** All outputs of a run in one file. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { BatchProcessor, Execution } from '../../client';
import type { Progress } from '../cli/progress';

/** Outputs that are on their way while the one before is written. */
const AHEAD = 16;
const NEW_LINE = '\n'.charCodeAt(0);

export interface Merged {
  objects: number;
  outputs: number;
}

/**
 * Streams the outputs, in the order of the results, to the file, which appears when it is whole. A text that does not end with a line
 * break gets one. Throws what `Execution.outcomes` throws, and an Error that names an output that is gone.
 */
export async function mergeOutputs(
  batch: BatchProcessor,
  execution: Execution,
  file: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Merged> {
  const merged: Merged = { objects: 0, outputs: 0 };
  async function* contents() {
    for await (const { key, answer } of ahead(batch, outputKeys(execution, merged))) {
      yield* contentOf(await answer, key, batch);
      merged.outputs += 1;
      progress.update(`${merged.outputs} outputs`);
    }
  }
  const unfinished = `${file}.${process.pid}.part`;
  try {
    await pipeline(contents, createWriteStream(unfinished), { signal });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  return merged;
}

async function* outputKeys(execution: Execution, merged: Merged): AsyncGenerator<string> {
  for await (const outcome of execution.outcomes()) {
    if (!('processed_key' in outcome)) continue;
    merged.objects += 1;
    const keys = outcome.outputs?.map(({ key }) => key) ?? [outcome.processed_key];
    yield* keys.filter((key) => key !== '');
  }
}

interface Fetched {
  key: string;
  answer: Promise<GetObjectCommandOutput>;
}

async function* ahead(batch: BatchProcessor, keys: AsyncGenerator<string>) {
  const waiting: Fetched[] = [];
  for await (const key of keys) {
    const answer = fetchOutput(batch, key);
    // It is awaited in its turn.
    answer.catch(() => {});
    waiting.push({ key, answer });
    if (waiting.length > AHEAD) yield waiting.shift() as Fetched;
  }
  yield* waiting;
}

async function fetchOutput(batch: BatchProcessor, key: string) {
  const Bucket = batch.deployment.outputBucketName;
  return batch
    .s3Of(Bucket)
    .send(new GetObjectCommand({ Bucket, Key: key }))
    .catch((error: Error) => {
      throw new Error(`${batch.locate(key, Bucket)} cannot be read: ${error.message}`);
    });
}

async function* contentOf(
  { Body, ContentType = '' }: GetObjectCommandOutput,
  key: string,
  { locate, deployment }: BatchProcessor,
): AsyncGenerator<Uint8Array> {
  if (!Body) throw new Error(`${locate(key, deployment.outputBucketName)} has no content.`);
  let last: number | undefined;
  for await (const chunk of Body as Readable) {
    yield chunk;
    last = chunk.at(-1) ?? last;
  }
  const isText = /^text\/|[/+]json$|ndjson|jsonl/.test(ContentType.split(';')[0] ?? '');
  if (isText && last !== undefined && last !== NEW_LINE) yield Buffer.of(NEW_LINE);
}
