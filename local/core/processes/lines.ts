import type { Readable } from 'node:stream';

/** Calls back with each line of a stream, and with undefined for one of more than `limit` bytes, which is not kept. */
export function readLines(stream: Readable, limit: number, onLine: (line: string | undefined) => void): void {
  let pieces: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    for (let start = 0, end = 0; end >= 0 && start < chunk.length; start = end + 1) {
      end = chunk.indexOf('\n', start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      length += piece.length;
      if (length > limit) pieces = [];
      else pieces.push(piece);
      if (end < 0) continue;
      onLine(length > limit ? undefined : Buffer.concat(pieces).toString());
      pieces = [];
      length = 0;
    }
  });
}
