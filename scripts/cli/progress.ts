/**
 * Shows progress on standard error: on a terminal one line that changes, elsewhere a line every so often. log-update does not fit: it hides
 * the cursor, and the package that restores the cursor ends the process at Ctrl-C before the cleanup.
 */
import { rewriteLine } from './terminal';

/** Between two lines if there is no terminal: a twentieth of the time so far, within these limits. */
const MIN_MILLISECONDS = 2_000;
const MAX_MILLISECONDS = 60_000;
const SHARE = 1 / 20;

export class Progress {
  private readonly onTerminal = process.stderr.isTTY && process.stderr.columns > 0;
  private readonly since = Date.now();
  private shown = '';
  private shownAt = 0;

  /** A step that has begun. */
  step(text: string): void {
    this.show(text);
  }

  /** The state of a run that goes on. */
  update(text: string): void {
    if (text !== this.shown && (this.onTerminal || this.isDue())) this.show(text);
  }

  /** A line that stays. The progress line appears again below it. */
  note(text: string): void {
    if (this.onTerminal) rewriteLine('');
    process.stderr.write(`${text}\n`);
    if (this.onTerminal) rewriteLine(this.shown);
  }

  /** Nothing more is to be shown. */
  end(): void {
    if (this.onTerminal) rewriteLine('');
    this.shown = '';
  }

  private isDue(): boolean {
    const now = Date.now();
    const pause = Math.min(Math.max((now - this.since) * SHARE, MIN_MILLISECONDS), MAX_MILLISECONDS);
    return now - this.shownAt >= pause;
  }

  private show(text: string): void {
    this.shown = text;
    this.shownAt = Date.now();
    if (this.onTerminal) rewriteLine(text);
    else process.stderr.write(`${text}\n`);
  }
}
