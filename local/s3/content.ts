import type { FileHandle } from 'node:fs/promises';
import { open, rm } from 'node:fs/promises';
import { type Digested, digest } from './payload';
import { identityOf } from './sidecars';

const CHUNK_BYTES = 256 * 1024;

/**
 * Bytes `start` to `end` (inclusive) of an open object. The last chunk is held back until it is certain that nobody wrote
 * to the file in the meantime: then it throws, and the reader gets a broken transfer rather than a mix of two contents.
 */
export async function* readContent(
  content: FileHandle,
  file: string,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let held: Buffer | undefined;
  for (let position = start; position <= end; ) {
    const length = Math.min(CHUNK_BYTES, end - position + 1);
    const { bytesRead, buffer } = await content.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0) break;
    if (held) yield held;
    held = buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
  if (identityOf(await content.stat({ bigint: true })) !== file)
    throw new Error('The file was changed while it was read.');
  if (held) yield held;
}

/**
 * Makes a file with what `fill` writes to it; removes it where `fill` throws.
 */
export async function writeFileWith<T>(
  path: string,
  fill: (write: (chunk: Buffer) => Promise<void>) => Promise<T>,
) {
  const file = await open(path, 'wx');
  try {
    const result = await fill(async (chunk) => {
      for (let written = 0; written < chunk.length; ) {
        written += (await file.write(chunk, written)).bytesWritten;
      }
    });
    await file.close();
    return result;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

/** Copies a range of an open object into a file, digesting it. */
export function copyContent(
  source: AsyncIterable<Buffer>,
  path: string,
  algorithms: string[],
): Promise<Digested> {
  return writeFileWith(path, (write) => digest(source, write, algorithms));
}
