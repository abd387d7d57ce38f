/** Mistakes of the user, one a line: each names the value and the remedy. Scripts end with exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly lines: string[];

  constructor(...lines: string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}
