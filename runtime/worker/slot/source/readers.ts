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

export class ObjectReaders implements Readers {
  /** The same accessor for all: V8 gives an object with one of its own a shape of its own, which takes longer than the object. */
  static readonly #accessor: PropertyDescriptor & ThisType<ObjectReaders> = {
    enumerable: true,
    get() {
      this.#checkUntaken();
      return this.#content;
    },
  };
  declare readonly body: ObjectBody;
  readonly #content: ObjectBody;
  readonly #key: string;
  readonly #isCompressed: boolean;
  #isTaken = false;

  /** `contentEncoding`: as stored. */
  constructor(content: ObjectBody, key: string, contentEncoding?: string) {
    this.#content = content;
    this.#key = key;
    this.#isCompressed = isGzip(contentEncoding);
    Object.defineProperty(this, 'body', ObjectReaders.#accessor);
  }

  // Processors may take them from the object.
  readonly bytes = async () => buffer(this.#take());
  readonly text = async () => decode(await this.bytes(), this.#key);
  /** The content counts as read from the call on, as with the other readers. */
  readonly lines = () => linesOf(this.#take());
  readonly json = async () => {
    const content = await this.text();
    try {
      return JSON.parse(content);
    } catch (error) {
      throw new PermanentError(`${this.#key} is not JSON: ${describeJsonProblem(content, error as Error)}`);
    }
  };

  #take(): AsyncIterable<Buffer> {
    this.#checkUntaken();
    if (this.#content.readableDidRead) throw alreadyRead(this.#key);
    this.#isTaken = true;
    return this.#isCompressed ? decompressed(this.#content, this.#key) : this.#content;
  }

  #checkUntaken(): void {
    if (this.#isTaken) throw alreadyRead(this.#key);
  }
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
