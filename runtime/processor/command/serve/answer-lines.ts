import type { Readable } from 'node:stream';
import { CommandError } from '../failure';

/** The most bytes of one answer. A larger output must be a file. */
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

/** The lines of a program's standard output that are not empty, one each time that it is asked. */
export async function* answerLines(stdout: Readable): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    for (let start = 0, end = 0; end >= 0; start = end + 1) {
      end = chunk.indexOf('\n', start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      length += piece.length;
      if (length > MAX_ANSWER_BYTES)
        throw new CommandError(
          `The program's answer is longer than ${MAX_ANSWER_BYTES / 2 ** 20} MiB: give a large output as a file`,
        );
      pieces.push(piece);
      if (end < 0) break;
      const line = Buffer.concat(pieces).toString().trim();
      pieces = [];
      length = 0;
      if (line) yield line;
    }
  }
  // What a program wrote last before it died.
  const line = Buffer.concat(pieces).toString().trim();
  if (line) yield line;
}
