/** The bodies of requests: read into memory within limits, or read and discarded. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { chunksOf, isSmall, smallBody } from '../request-body';

/** Of a body that nobody reads: up to this size, the client still gets its answer, and its connection goes on or closes cleanly. */
const MAX_DISCARDED_BYTES = 64 * 1024 ** 2;
const DISCARD_MILLISECONDS = 2_000;

export class BodyTooLarge extends Error {}
/** All bodies together are too large. */
export class MemoryExhausted extends Error {}

/** Bodies that are in memory at a time. */
export class BodyMemory {
  private used = 0;

  constructor(private readonly maximum: number) {}

  /**
   * Reads a whole body, which takes its memory until the response is closed. Rejects with BodyTooLarge if it is over `limit`
   * bytes, before reading it if its length is declared; with MemoryExhausted; with the error of a connection that breaks off.
   */
  async read(request: IncomingMessage, response: ServerResponse, limit: number): Promise<Buffer> {
    if (Number(request.headers['content-length'] ?? 0) > limit) throw new BodyTooLarge();
    let length = 0;
    response.once('close', () => {
      this.used -= length;
    });
    const hold = (chunk: Buffer) => {
      length += chunk.length;
      this.used += chunk.length;
      if (length > limit) throw new BodyTooLarge();
      if (this.used > this.maximum) throw new MemoryExhausted();
      return chunk;
    };
    // Without the iterator, which costs more than the body.
    if (isSmall(request)) return hold(await smallBody(request));
    const chunks: Buffer[] = [];
    for await (const chunk of chunksOf(request)) chunks.push(hold(chunk));
    return Buffer.concat(chunks);
  }
}

/**
 * Reads what is left of a body, so that the client, which may read no answer before it has sent all, gets it, and its next request
 * is found where this one ends. False if the end was not reached: then the connection has to be closed.
 */
export async function discardBody(request: IncomingMessage): Promise<boolean> {
  if (request.complete || request.destroyed) return request.complete;
  let left = MAX_DISCARDED_BYTES;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, DISCARD_MILLISECONDS);
    request.once('close', () => clearTimeout(timer));
    request.on('data', ({ length }: Buffer) => {
      left -= length;
      if (left < 0) resolve();
    });
    request.once('end', resolve).once('close', resolve).resume();
  });
  return request.complete;
}
