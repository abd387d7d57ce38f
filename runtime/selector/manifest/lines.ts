/** The lines of a manifest, with their places in it. */
import { isUtf8 } from 'node:buffer';
import { invalidManifest } from '../selection-error';

export interface Line {
  text: string;
  /** From 1; of a record of several lines the first. */
  number: number;
  /** The position after it. */
  next: LinePosition;
}

/** A position between two lines. */
export interface LinePosition {
  /** Bytes before it. */
  offset: number;
  /** Lines before it. */
  line: number;
}

export interface Lines {
  lines: Line[];
  /** Where the next ones start. */
  next: LinePosition;
}

/** Far more than a key, its bucket and other columns take: what is longer is not a list of keys. */
const MAX_BYTES = 65_536;
const NEWLINE = 0x0a;
const QUOTE = 0x22;

/**
 * The lines of the text that starts at `place`, without their ends (`\n` or `\r\n`), a chunk's worth at a time. Blank ones are left
 * out. `quoted`: a line break between `"` does not end a line, as in CSV. Throws a SelectionError.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  place: LinePosition,
  { quoted }: { quoted: boolean },
): AsyncGenerator<Lines> {
  let next = place;
  let rest: Buffer = Buffer.alloc(0);

  const take = (bytes: Buffer, ends: boolean): Line[] => {
    const lines: Line[] = [];
    let start = 0;
    for (;;) {
      const { end, count } = lineEnd(bytes, start, quoted);
      if (end < 0 && !(ends && start < bytes.length)) break;
      const stop = end < 0 ? bytes.length : end;
      const number = next.line + 1;
      const after = end < 0 ? stop : end + 1;
      next = { offset: next.offset + after - start, line: next.line + count };
      addLine(lines, bytes.subarray(start, stop), number, next);
      start = after;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_BYTES) throw tooLong(next.line + 1);
    return lines;
  };

  for await (const chunk of chunks) {
    const lines = take(rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk), false);
    if (lines.length > 0) yield { lines, next };
  }
  const lines = take(rest, true);
  if (lines.length > 0) yield { lines, next };
}

/** Where the line at `start` ends, and how many lines of the file it takes; -1: not in these bytes. */
function lineEnd(bytes: Buffer, start: number, quoted: boolean): { end: number; count: number } {
  let count = 1;
  let from = start;
  let quotes = 0;
  for (;;) {
    const end = bytes.indexOf(NEWLINE, from);
    if (end < 0 || !quoted) return { end, count };
    const piece = bytes.subarray(from, end);
    for (let at = piece.indexOf(QUOTE); at >= 0; at = piece.indexOf(QUOTE, at + 1)) quotes++;
    if (quotes % 2 === 0) return { end, count };
    from = end + 1;
    count++;
  }
}

function addLine(lines: Line[], bytes: Buffer, number: number, next: LinePosition): void {
  if (bytes.length > MAX_BYTES) throw tooLong(number);
  const text = bytes.toString().replace(/\r$/, '');
  if (text.trim() === '') return;
  // A key is Unicode: what is none would be read as another key.
  if (!isUtf8(bytes)) throw invalidManifest(`Line ${number} is not UTF-8: save the manifest as UTF-8`);
  lines.push({ text, number, next });
}

function tooLong(number: number): Error {
  return invalidManifest(
    `Line ${number} is longer than ${MAX_BYTES} bytes: a manifest names one object a line`,
  );
}
