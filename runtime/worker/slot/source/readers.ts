/** Readers of an object's content: the whole of it, or line by line. They decompress a gzip Content-Encoding. */
import { constants } from 'node:buffer';
import { pipeline } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import type { SourceObject } from '../../../processor';
import { isGzip } from '../../../processor/content-encoding';
import { PermanentError } from '../../../processor/permanent-error';
import { describeJsonProblem } from './json-problem';
import { alreadyRead, type ObjectBody } from './object-body';

export type Readers = Pick<SourceObject, 'body' | 'text' | 'lines' | 'json' | 'bytes'>;

/** `contentEncoding`: as stored. */
export function readersOf(body: ObjectBody, key: string, contentEncoding?: string): Readers {
  let isTaken = false;
  const take = () => {
    if (isTaken || body.readableDidRead) throw alreadyRead(key);
    isTaken = true;
    return isGzip(contentEncoding) ? decompressed(body, key) : body;
  };
  const bytes = async () => buffer(take());
  const text = async () => decode(await bytes(), key);
  return {
    get body() {
      if (isTaken) throw alreadyRead(key);
      return body;
    },
    bytes,
    text,
    // The content counts as read from the call on, as with the other readers.
    lines: () => linesOf(take()),
    async json() {
      const content = await text();
      try {
        return JSON.parse(content);
      } catch (error) {
        throw new PermanentError(`${key} is not JSON: ${describeJsonProblem(content, error as Error)}`);
      }
    },
  };
}

async function* decompressed(body: ObjectBody, key: string): AsyncGenerator<Buffer> {
  const gunzip = pipeline(body, createGunzip(), () => {});
  try {
    yield* gunzip;
  } catch (error) {
    // Else reading broke off.
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
    throw new PermanentError(
      `${key} is not the gzip that its Content-Encoding says: ${(error as Error).message}`,
    );
  }
}

function decode(bytes: Buffer, key: string): string {
  if (bytes.length > constants.MAX_STRING_LENGTH)
    throw new PermanentError(
      `${key} is too large for one text (${bytes.length} bytes): read its lines(), its bytes() or its body`,
    );
  return new TextDecoder().decode(bytes);
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = rest + text.slice(start, end);
      yield line.endsWith('\r') ? line.slice(0, -1) : line;
      rest = '';
      start = end + 1;
    }
    rest += text.slice(start);
  }
  rest += decoder.decode();
  if (rest) yield rest;
}
