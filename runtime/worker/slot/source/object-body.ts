/**
 * The content of an object, as its processor gets it: a stream of its own in front of the one from S3. So an error
 * that the processor causes (a pipeline destroys all its streams with the error of one) differs from a read that broke off.
 */
import { Readable } from 'node:stream';

export class ObjectBody extends Readable {
  private readonly source: Readable;
  /** Read ahead; undefined from the first read on, and if there is nothing. */
  private ahead?: Buffer[];

  /**
   * `onBreak`: called at most once, if reading from S3 breaks off before the end; `isBeingRead`: whether somebody reads the rest;
   * this may be a pipe that does not pass the error on. `aheadBytes`: bytes to read before anybody asks for them, to the end of the
   * content at most; default: none.
   */
  constructor(
    source: Readable,
    private readonly key: string,
    private readonly onBreak: (error: unknown, isBeingRead: boolean) => void,
    aheadBytes?: number,
  ) {
    // So the part that is read ahead is delivered without a pause.
    super({ highWaterMark: Math.max(source.readableHighWaterMark, (aheadBytes ?? 0) + 1) });
    // The reader gets an error. Without a listener it would end the process.
    this.on('error', () => {});
    this.source = source.pause();
    source.on('data', (chunk) => this.receive(chunk));
    source.on('end', () => this.ahead || this.push(null));
    source.on('error', (error) => this.breakOff(error));
    source.on('close', () => source.readableEnded || this.breakOff(new Error('the connection was closed')));
    // One without content, too: its connection is free at its end.
    if (aheadBytes === undefined) return;
    this.ahead = [];
    source.resume();
  }

  override _read(): void {
    const { ahead, source } = this;
    this.ahead = undefined;
    // In one piece: a compressor or a pipe takes a step of its own for each, and a connection delivers 16 KiB at a time.
    if (ahead?.length) this.push(ahead.length === 1 ? ahead[0] : Buffer.concat(ahead));
    if (ahead && source.readableEnded) this.push(null);
    else source.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.source.destroy();
    done(error);
  }

  override pipe<Destination extends NodeJS.WritableStream>(
    destination: Destination,
    options?: { end?: boolean },
  ): Destination {
    this.checkUnread();
    return super.pipe(destination, options);
  }

  override [Symbol.asyncIterator](): ReturnType<Readable['iterator']> {
    this.checkUnread();
    return super[Symbol.asyncIterator]();
  }

  /** Throws an Error if the content was read to its end, or given up. */
  checkUnread(): void {
    if (this.readableEnded || this.destroyed) throw alreadyRead(this.key);
  }

  private receive(chunk: Buffer): void {
    if (this.ahead) this.ahead.push(chunk);
    else if (!this.push(chunk)) this.source.pause();
  }

  private breakOff(error: unknown): void {
    if (this.destroyed) return;
    this.onBreak(error, this.listenerCount('data') + this.listenerCount('readable') > 0);
    this.destroy(error as Error);
  }
}

export function alreadyRead(key: string): Error {
  return new Error(`the content of ${key} was read already: it can be read once`);
}
