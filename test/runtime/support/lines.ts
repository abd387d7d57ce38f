/** What the code under test logs: JSON lines on standard output. */

export interface Line {
  message?: string;
  [field: string]: unknown;
}

/** For a `describe`: the lines of the current test. They do not reach standard output; output that is not JSON does. */
export function captureLines(): Line[] {
  const lines: Line[] = [];
  const { write } = process.stdout;
  before(() => {
    process.stdout.write = ((...written: Parameters<typeof write>) => {
      const text = String(written[0]);
      if (!text.startsWith('{')) return write.apply(process.stdout, written);
      lines.push(
        ...text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
      return true;
    }) as typeof write;
  });
  beforeEach(() => {
    lines.length = 0;
  });
  after(() => {
    process.stdout.write = write;
  });
  return lines;
}
