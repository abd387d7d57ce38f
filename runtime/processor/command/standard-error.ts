/** What a program writes to standard error: log lines as they come, and its end as the message of a failure. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { ProcessorLog } from '../define';
import { readLines, shown } from './lines';

const MESSAGE_BYTES = 2048;
/** The most characters that are logged for one object. Nobody reads more, and each line costs money. */
const MAX_LOGGED_CHARACTERS = 2 ** 20;

export class StandardError {
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  private end = '';
  private logged = 0;

  constructor(
    private readonly stream: Readable,
    private log: ProcessorLog,
  ) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => {
      this.end = (this.end + decoder.write(chunk)).slice(-2 * MESSAGE_BYTES);
    });
    this.ended = readLines(stream, (line) => this.write(line));
  }

  /** Its last lines: at most 2 KiB; of a single line that is longer, the end. */
  get message(): string {
    const lines = this.end.split('\n').map(shown).join('\n').trim();
    const bytes = Buffer.from(lines);
    if (bytes.length <= MESSAGE_BYTES) return lines;
    let start = bytes.length - MESSAGE_BYTES;
    // 10xxxxxx is within a character.
    while (((bytes[start] as number) & 0xc0) === 0x80) start++;
    const tail = bytes.toString('utf8', start);
    return tail.slice(tail.indexOf('\n') + 1);
  }

  /** Later text belongs to another object; with `keep`, the message may go further back. */
  turnTo(log: ProcessorLog, { keep }: { keep: boolean }): void {
    this.log = log;
    this.logged = 0;
    if (!keep) this.end = '';
  }

  /** For a stream that another process keeps open. */
  close(): void {
    this.stream.destroy();
  }

  private write(line: string): void {
    if (this.logged > MAX_LOGGED_CHARACTERS) return;
    this.logged += line.length;
    if (this.logged <= MAX_LOGGED_CHARACTERS) this.log.info(line, { stream: 'stderr' });
    else this.log.warn('The program writes too much to standard error: more lines are not logged');
  }
}
