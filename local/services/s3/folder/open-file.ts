/** A file of a bucket that is read. */
import { closeSync, fstatSync, openSync, read as readCallback, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { s3Error } from '../protocol/errors';
import { ABSENT, codeOf, identityOf, namingFile, READ_FILE } from './own-files';
import type { Written } from './workspace';

/** Each chunk costs a turn of a thread and a wait for the reader: with a quarter of this, a large object takes a third more CPU. */
const CHUNK_BYTES = 2 ** 20;

const readFrom = promisify(readCallback);

/** An open file stays readable and unchanged, also if its path changes. Opened and closed synchronously, which is shorter than a promise of it. */
export class OpenFile {
  private reading?: Promise<{ bytesRead: number }>;
  private isClosed = false;

  private constructor(
    private readonly descriptor: number,
    private readonly written: Written,
  ) {}

  /** Undefined if there is no file at the path, or another one. */
  static open(written: Written): OpenFile | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(written.path, READ_FILE);
    } catch (error) {
      if (ABSENT.includes(codeOf(error))) return undefined;
      throw error;
    }
    const file = new OpenFile(descriptor, written);
    if (file.isSame()) return file;
    file.close();
    return undefined;
  }

  /**
   * Bytes `start` to `end` (inclusive). The last chunk is held back until it is certain that nobody wrote to the file in the meantime:
   * then it throws, and the reader gets a broken transfer rather than a mix of two contents.
   */
  async *read(start: number, end: number): AsyncGenerator<Buffer> {
    let held: Buffer | undefined;
    for (let position = start; position <= end; ) {
      const length = Math.min(CHUNK_BYTES, end - position + 1);
      const buffer = Buffer.allocUnsafe(length);
      this.reading = readFrom(this.descriptor, buffer, 0, length, position);
      const { bytesRead } = await this.reading.catch(namingFile(this.written.path));
      this.reading = undefined;
      if (this.isClosed) return;
      if (bytesRead === 0) break;
      if (held) yield held;
      held = buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
    this.assertSame();
    if (held) yield held;
  }

  /** The same without waiting: for a few bytes, which are here sooner than a thread could be asked for them. */
  readSmall(start: number, end: number): Buffer {
    const buffer = Buffer.allocUnsafe(end - start + 1);
    let done = 0;
    try {
      for (let more = 1; more > 0 && done < buffer.length; done += more)
        more = readSync(this.descriptor, buffer, done, buffer.length - done, start + done);
    } catch (error) {
      namingFile(this.written.path)(error as NodeJS.ErrnoException);
    }
    this.assertSame();
    return buffer.subarray(0, done);
  }

  /** A read under way, whose reader has gone, ends first: its descriptor might be another file's by then. */
  close(): void {
    const close = () => closeSync(this.descriptor);
    this.isClosed = true;
    if (this.reading) void this.reading.then(close, close);
    else close();
  }

  private isSame(): boolean {
    return identityOf(fstatSync(this.descriptor, { bigint: true })) === this.written.file;
  }

  private assertSame(): void {
    if (this.isSame()) return;
    throw s3Error('ServiceUnavailable', {
      Message: 'The file was changed while it was read. Please try again.',
    });
  }
}
