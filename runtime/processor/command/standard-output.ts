import { Readable } from 'node:stream';
import { CommandError } from './failure';
import type { Program } from './program';

/** Milliseconds of silence on the output of a program that has exited, held open by what it has started. */
const QUIET_MS = 5000;

/**
 * A program's standard output. It ends when the program has succeeded, and fails if the program fails, so that an upload which
 * reads from it fails as well. The program ends when this is destroyed.
 */
export class StandardOutput extends Readable {
  /** Its first bytes, or all if there are fewer. Rejects if the program fails before it has written them. */
  readonly start: Promise<Buffer>;
  private written = Buffer.alloc(0);
  private resolveStart: (start: Buffer) => void = () => {};
  private rejectStart: (error: Error) => void = () => {};
  private quiet?: NodeJS.Timeout;

  constructor(
    private readonly program: Program,
    private readonly startBytes: number,
  ) {
    super();
    this.start = new Promise((resolve, reject) => {
      this.resolveStart = resolve;
      this.rejectStart = reject;
    });
    // A later reader finds the error as well.
    this.on('error', () => {});
    const { stdout } = program;
    stdout.on('data', (chunk) => {
      this.quiet?.refresh();
      this.remember(chunk);
      if (!this.push(chunk)) stdout.pause();
    });
    stdout.on('error', (error) => this.destroy(error));
    stdout.once('end', () => void this.finish());
    void this.watch();
  }

  override _read(): void {
    this.quiet?.refresh();
    this.program.stdout.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.quiet);
    this.program.abort(error ?? new CommandError('Nobody reads the output any more'));
    this.program.end().then(() => {
      if (error) this.rejectStart(error);
      callback(error);
    });
  }

  private remember(chunk: Buffer): void {
    if (this.written.length >= this.startBytes) return;
    this.written = Buffer.concat([this.written, chunk]).subarray(0, this.startBytes);
    if (this.written.length === this.startBytes) this.resolveStart(this.written);
  }

  /** A failed program leaves nothing to wait for; what a successful one has started may still write. */
  private async watch(): Promise<void> {
    const { code } = await this.program.exited;
    if (code !== 0) await this.finish();
    else if (!this.program.stdout.readableEnded && !this.destroyed)
      this.quiet = setTimeout(() => this.giveUp(), QUIET_MS);
  }

  private giveUp(): void {
    if (this.program.stdout.isPaused()) this.quiet?.refresh();
    else
      this.destroy(
        new CommandError(
          `${this.program.name} exited, but a process that it started in the background holds its standard output: ` +
            'wait for that process, or redirect its output',
        ),
      );
  }

  private async finish(): Promise<void> {
    try {
      await this.program.succeed();
      this.resolveStart(this.written);
      this.push(null);
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}
