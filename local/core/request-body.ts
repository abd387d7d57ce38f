/** The body of a request, chunk by chunk. */
import type { IncomingMessage } from 'node:http';

/** A body of at most this many bytes is small: it comes in one chunk. */
export const SMALL_BYTES = 32 * 1024;

/**
 * A reader that stops half-way leaves the rest to be read: a connection goes on after an error. A small body is read without a stream's
 * iterator, which costs more than everything else in such a request. Throws the error of a connection that breaks off.
 */
export async function* chunksOf(message: IncomingMessage): AsyncGenerator<Buffer> {
  if (isSmall(message)) {
    const body = await smallBody(message);
    if (body.length > 0) yield body;
  } else {
    yield* message.iterator({ destroyOnReturn: false });
  }
}

/** By the length that it declares. */
export function isSmall(message: IncomingMessage): boolean {
  return Number(message.headers['content-length']) <= SMALL_BYTES;
}

/** Rejects with the error of a connection that breaks off. */
export function smallBody(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const brokenOff = () => {
      if (!message.complete) reject(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    };
    if (message.destroyed) brokenOff();
    message
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
      .once('error', reject)
      .once('close', brokenOff);
  });
}
