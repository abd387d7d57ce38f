/**
 * Shows progress on standard error: on a terminal one line that changes, elsewhere a line for each change, at most one every two
 * seconds. log-update does not fit: it hides the cursor, and the package that restores the cursor ends the process at Ctrl-C
 * before the cleanup.
 */
import { rewriteLine } from './terminal';

const QUIET_MILLISECONDS = 2_000;

export class Progress {
  private readonly onTerminal = process.stderr.isTTY && process.stderr.columns > 0;
  private shown = '';
  private shownAt = 0;

  /** A step that has begun. */
  step(text: string): void {
    if (this.onTerminal) rewriteLine(text);
    else this.write(text);
  }

  /** The state of a run that goes on. */
  update(text: string): void {
    if (this.onTerminal) rewriteLine(text);
    else if (text !== this.shown && Date.now() - this.shownAt >= QUIET_MILLISECONDS) this.write(text);
  }

  /** A line that stays. */
  note(text: string): void {
    this.end();
    process.stderr.write(`${text}\n`);
  }

  /** Nothing more is to be shown. */
  end(): void {
    if (this.onTerminal) rewriteLine('');
  }

  private write(text: string): void {
    this.shown = text;
    this.shownAt = Date.now();
    process.stderr.write(`${text}\n`);
  }
}
