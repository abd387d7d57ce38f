/** Writes an output. Nothing is visible before it is whole. */
import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import pLimit from 'p-limit';
import type { ObjectContent, ObjectStore } from '../../../s3/object-store';
import { writeError } from '../errors/failure';
import type { CheckedOutput } from './check-outputs';
import { contentOf } from './content';
import { partSize } from './part-size';

export interface Destination {
  key: string;
  /** Bytes: the larger the source, the larger the parts. */
  sourceSize: number;
  /** Metadata that says what the output was made from. */
  provenance: Record<string, string>;
  /**
   * Throws a TaskError if what is there is another's. Given only if nobody has looked yet: an output that fits into one request is then
   * written only if nothing is there, and `checkOwner` is asked if something is; before a larger one it is asked first.
   */
  checkOwner?(key: string): Promise<void>;
  /** Called when nothing more is wanted of the output's body, with the bytes that are held until they are written. */
  onGathered?(bytes: number): void;
}

/** An object may have thousands of outputs. A request that waits for a connection counts as one that finds none after five seconds. */
const writes = pLimit(8);

const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';

/** Returns the bytes written. Throws a TaskError. */
export async function writeOutput(
  store: ObjectStore,
  { key, sourceSize, provenance, checkOwner, onGathered }: Destination,
  output: CheckedOutput,
): Promise<number> {
  const { body, contentType, contentEncoding, cacheControl, metadata } = output;
  const description = {
    contentType: contentType ?? (typeof body === 'string' ? TEXT : BYTES),
    contentEncoding,
    cacheControl,
    metadata: { ...metadata, ...provenance },
  };
  const size = partSize(sourceSize);
  try {
    const content = contentOf(output);
    const whole = Buffer.isBuffer(content) ? content : await gather(content, size);
    if (Buffer.isBuffer(whole) && whole.length <= size) {
      onGathered?.(whole.length);
      await writes(() => put(store, key, { ...description, body: whole }, checkOwner));
      return whole.length;
    }
    await checkOwner?.(key);
    const stream = Buffer.isBuffer(whole) ? whole : Readable.from(whole, { objectMode: false });
    const written = await upload(store, key, description, stream, size);
    onGathered?.(0);
    return written;
  } catch (error) {
    throw writeError(error, key);
  }
}

async function put(
  store: ObjectStore,
  key: string,
  content: ObjectContent,
  checkOwner: Destination['checkOwner'],
): Promise<void> {
  if (checkOwner) {
    const { isNew } = await store.putIfNew(key, content);
    if (isNew) return;
    await checkOwner(key);
  }
  await store.put(key, content);
}

/** In parts, two in flight. */
async function upload(
  { client, bucket }: ObjectStore,
  key: string,
  { contentType, contentEncoding, cacheControl, metadata }: Omit<ObjectContent, 'body'>,
  Body: Buffer | Readable,
  size: number,
): Promise<number> {
  const params = {
    Bucket: bucket,
    Key: key,
    Body,
    ContentType: contentType,
    ContentEncoding: contentEncoding,
    CacheControl: cacheControl,
    Metadata: metadata,
  };
  let written = 0;
  const parts = new Upload({ client, params, partSize: size, queueSize: 2 });
  parts.on('httpUploadProgress', ({ loaded }) => {
    written = Math.max(written, loaded ?? 0);
  });
  await parts.done();
  return written;
}

/** The whole content if it has no more than `size` bytes; else its chunks, again from the first one. */
async function gather(
  chunks: AsyncGenerator<Buffer>,
  size: number,
): Promise<Buffer | AsyncGenerator<Buffer>> {
  const first: Buffer[] = [];
  let bytes = 0;
  while (bytes <= size) {
    const { done, value } = await chunks.next();
    if (done) return Buffer.concat(first);
    first.push(value);
    bytes += value.length;
  }
  return (async function* () {
    for (let chunk = first.shift(); chunk; chunk = first.shift()) yield chunk;
    yield* chunks;
  })();
}
