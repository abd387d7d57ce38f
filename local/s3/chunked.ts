import { s3Error } from './errors';

/** Longest line of the framing: a chunk's size and signature, or a trailer. */
const LONGEST_LINE = 8192;

/**
 * Takes the framing off an aws-chunked body, signed or not (S3 API reference, "Signature calculations: transferring a
 * payload in multiple chunks"): `size[;chunk-signature=…]`, the bytes, …, `0`, then trailers. Signatures of chunks are
 * not verified.
 * @param trailers receives the trailers, names in lower case. Throws IncompleteBody and InvalidRequest.
 */
export async function* unframe(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  let state: 'size' | 'data' | 'end of data' | 'trailers' = 'size';
  let remaining = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    let buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    rest = Buffer.alloc(0);
    while (buffer.length > 0) {
      if (state === 'data') {
        const data = buffer.subarray(0, remaining);
        buffer = buffer.subarray(data.length);
        remaining -= data.length;
        if (remaining === 0) state = 'end of data';
        yield data;
        continue;
      }
      const end = buffer.indexOf('\r\n');
      if (end < 0 && buffer.length < LONGEST_LINE) {
        rest = buffer;
        break;
      }
      const line = buffer.toString('latin1', 0, Math.max(end, 0));
      buffer = buffer.subarray(end + 2);
      if (state === 'size') {
        if (!/^[\da-f]{1,12}(;|$)/i.test(line)) throw malformed();
        remaining = Number.parseInt(line, 16);
        state = remaining > 0 ? 'data' : 'trailers';
      } else if (state === 'end of data') {
        if (line !== '' || end < 0) throw malformed();
        state = 'size';
      } else {
        const colon = line.indexOf(':');
        if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
      }
    }
  }
  if (state !== 'trailers') throw s3Error('IncompleteBody', 'The request body terminated unexpectedly');
}

function malformed() {
  return s3Error('InvalidRequest', 'The aws-chunked body is not framed as its headers say.');
}
