/** The standard error of a slot's process: from native code, child processes and V8. The slot itself logs the output of JavaScript. */

/** Lines that are kept. */
const MAX_LINES = 40;
/** A line without an end is cut. */
const MAX_LINE_CHARACTERS = 16_384;
/** The most characters of the reason. */
const MAX_REASON_CHARACTERS = 300;

/** Frames of stacks, of JavaScript and of native code, and what Node.js puts around them. */
const FRAMING = /^\s*(at |\d+: |---|Node\.js v)/;

export class StandardError {
  private readonly lines: string[] = [];
  /** What has no line end yet. */
  private rest = '';

  /** `onLine`: takes each line, and returns it as it may be kept. */
  constructor(private readonly onLine: (line: string) => string) {}

  hear(text: string): void {
    const lines = `${this.rest}${text}`.split('\n');
    if ((lines.at(-1) ?? '').length > MAX_LINE_CHARACTERS) lines.push('');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) this.keep(this.onLine(line));
  }

  /** V8 has said so before it ended the process. */
  get isOutOfHeap(): boolean {
    return this.lines.some((line) => line.includes('JavaScript heap out of memory'));
  }

  /** An error's own line, or else the last three, without stacks. Empty if nothing was said. */
  get reason(): string {
    const words = this.lines.filter((line) => !FRAMING.test(line));
    const reason = words.findLast((line) => /^\w*Error\b.*: /.test(line)) ?? words.slice(-3).join(' ');
    return reason.slice(-MAX_REASON_CHARACTERS);
  }

  private keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > MAX_LINES) this.lines.shift();
  }
}
