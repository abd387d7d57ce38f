/** The content of a manifest or of a file that it names, unpacked if it is gzipped, from any place on. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { invalidManifest } from '../selection-error';

export interface Content {
  /** As S3 gives it, with quotes. */
  etag: string;
  isGzipped: boolean;
  /** Reading them throws a SelectionError if the content is damaged. */
  chunks: AsyncIterable<Buffer>;
}

/** What is known from an earlier look. */
export interface KnownContent {
  etag: string;
  isGzipped: boolean;
  /** Bytes to leave out, counted after unpacking. */
  offset: number;
}

/** Throws a SelectionError if it does not exist, not allowed, or not the same any more. */
export async function openContent(
  s3: S3Client,
  bucket: string,
  key: string,
  known?: KnownContent,
): Promise<Content> {
  const range = known && !known.isGzipped && known.offset > 0 ? `bytes=${known.offset}-` : undefined;
  const { etag, body } = await get(s3, bucket, key, known?.etag, range);
  const { isGzipped, chunks } = known ? { ...known, chunks: body } : await detectGzip(body);
  const content = isGzipped ? unpack(chunks, key) : chunks;
  return { etag, isGzipped, chunks: isGzipped && known ? skip(content, known.offset) : content };
}

async function get(s3: S3Client, bucket: string, key: string, etag?: string, range?: string) {
  try {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, Range: range });
    const { ETag, Body } = await s3.send(command);
    return { etag: ETag ?? '', body: Body as Readable as AsyncIterable<Buffer> };
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    // The offset is the end.
    if (status === 416) return { etag: etag ?? '', body: Readable.from([]) as AsyncIterable<Buffer> };
    if (status === 404) throw invalidManifest(`The bucket ${bucket} has no object ${key}`);
    if (status === 403) throw invalidManifest(`The selector may not read ${key} in the bucket ${bucket}`);
    if (status === 412) throw invalidManifest(`${key} was replaced while it was read: start again`);
    throw error;
  }
}

/** By its first two bytes, since names and headers say otherwise now and then. */
async function detectGzip(
  body: AsyncIterable<Buffer>,
): Promise<{ isGzipped: boolean; chunks: AsyncIterable<Buffer> }> {
  const iterator = body[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  while (start.length < 2) {
    const { value, done } = await iterator.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  return {
    isGzipped: start[0] === 0x1f && start[1] === 0x8b,
    chunks: (async function* () {
      try {
        yield start;
        yield* { [Symbol.asyncIterator]: () => iterator };
      } finally {
        // Closes the connection if nobody wants the rest.
        await iterator.return?.();
      }
    })(),
  };
}

async function* unpack(chunks: AsyncIterable<Buffer>, key: string): AsyncGenerator<Buffer> {
  try {
    // An error of either stream reaches the loop, which also destroys both if its caller stops early.
    yield* pipeline(Readable.from(chunks), createGunzip(), () => {});
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw invalidManifest(`${key} is damaged (${message}): pack and upload it again`);
  }
}

async function* skip(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
