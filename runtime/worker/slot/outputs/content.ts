/** What an output's body yields, as bytes. */
import { PassThrough, Readable } from 'node:stream';
import { isUint8Array } from 'node:util/types';
import type { Output } from '../../../processor';
import { TaskError } from '../../task-error';
import { processorError } from '../errors/failure';

type WholeBody = string | Uint8Array;
type StreamBody = Exclude<Output['body'], WholeBody>;

/** All of the body is there. */
export function isWhole(body: Output['body']): body is WholeBody {
  return typeof body === 'string' || isUint8Array(body);
}

/** Whole bytes if the body is whole; else its chunks, whose errors are the processor's: TaskErrors. */
export function contentOf({
  body,
  suffix,
}: {
  body: Output['body'];
  suffix: string;
}): Buffer | AsyncGenerator<Buffer> {
  if (typeof body === 'string') return Buffer.from(body);
  if (isUint8Array(body)) return asBuffer(body);
  return chunksOf(body as StreamBody, suffix);
}

/** Ends a body that nobody reads to its end. */
export function discard(body: Output['body']): void {
  if (isNodeStream(body)) body.destroy();
  else if (body instanceof ReadableStream) body.cancel().catch(() => {});
}

/** The reader of the body gets its error. Without a listener, an early one would end the process. */
export function tolerateErrors(body: Output['body']): void {
  if (isNodeStream(body)) body.on('error', () => {});
}

async function* chunksOf(body: StreamBody, suffix: string): AsyncGenerator<Buffer> {
  const wrong = (what: string) =>
    new TaskError('ProcessorError', `the body of the output ${JSON.stringify(suffix)} ${what}`);
  const wasRead = Readable.isDisturbed(body as Readable);
  let isEmpty = true;
  try {
    for await (const chunk of iterableOf(body)) {
      if (typeof chunk !== 'string' && !isUint8Array(chunk)) {
        const kind = typeof chunk === 'object' ? 'objects' : `a ${typeof chunk}`;
        throw wrong(`is a stream of ${kind}: it must yield text or bytes`);
      }
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : asBuffer(chunk);
      if (bytes.length === 0) continue;
      isEmpty = false;
      yield bytes;
    }
  } catch (error) {
    throw processorError(error);
  }
  // Otherwise an empty output would pass for a right one.
  if (isEmpty && wasRead) throw wrong('is a stream that was read before it was returned');
}

/** The same bytes, not a copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Also of a package that has its own copy of Node.js's streams. */
function isNodeStream(body: unknown): body is Readable {
  const { on, destroy } = body as Partial<Readable>;
  return typeof body === 'object' && typeof on === 'function' && typeof destroy === 'function';
}

/** A stream of the first versions of Node.js has no iterator. */
function iterableOf(body: StreamBody): AsyncIterable<unknown> {
  if (Symbol.asyncIterator in body) return body as AsyncIterable<unknown>;
  const through = new PassThrough({ objectMode: true });
  const old = body as NodeJS.ReadableStream;
  return old.on('error', (error) => through.destroy(error)).pipe(through);
}
