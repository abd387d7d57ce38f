/** The lines of what a program prints, for the log. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A longer line is cut into several. */
const MAX_CHARACTERS = 8192;

/** Calls back with each line that is not empty. Resolves when the stream has ended. */
export function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string, isLast = false) => {
    const lines = (rest + text).split('\n');
    rest = isLast ? '' : (lines.pop() as string);
    while (rest.length > MAX_CHARACTERS) {
      const end = wholeCharacters(rest, MAX_CHARACTERS);
      lines.push(rest.slice(0, end));
      rest = rest.slice(end);
    }
    for (const line of lines.map(shown)) if (line.trim()) onLine(line);
  };
  stream.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  return new Promise((resolve) => {
    stream.on('error', () => {});
    stream.once('close', () => {
      take(decoder.end(), true);
      resolve();
    });
  });
}

/** What a terminal shows of a line: progress is printed over itself. */
export function shown(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

/** At most `length`, so that no surrogate pair is cut. */
function wholeCharacters(text: string, length: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
}
