import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { chunksOf } from '../../../core/request-body';
import type { VerifyChunk } from '../../../core/service';
import { algorithmOfHeader, type Digests, digest, hexOf, isChecksum, only } from './checksums';
import { s3Error } from './errors';

/** Most bytes that one PUT or one part may have: 5 GiB. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;
/** Most bytes of an XML document; 10,000 parts or 1,000 keys stay far below it. */
const MAX_DOCUMENT_BYTES = 4 * 1024 ** 2;
/** Longest line of an aws-chunked body: a chunk's size and signature, or a trailer. */
const MAX_LINE_BYTES = 8192;
/** One, of those that the SDKs send. */
const MAX_TRAILERS = 16;
/** `x-amz-content-sha256` (S3 API reference, "Common request headers"). */
const PAYLOAD_HASH =
  /^([\da-f]{64}|UNSIGNED-PAYLOAD|STREAMING-(UNSIGNED-PAYLOAD-TRAILER|AWS4-[A-Z\d-]+-PAYLOAD(-TRAILER)?))$/;

const NO_PAYLOAD_HASH =
  'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.';

type Write = (chunk: Buffer) => Promise<unknown> | unknown;

export interface Received {
  size: number;
  /** Every digest that was made, always with MD5. */
  digests: Digests;
  /** Those of them that are the object's to keep: which the client declared, or the caller wanted. */
  checksums: Digests;
}

/** A request that has a payload. */
export interface Payload {
  message: IncomingMessage;
  /** There if the payload is signed in chunks. */
  verifyChunk?: VerifyChunk;
}

/**
 * Takes the framing off an aws-chunked body (S3 API reference, "Signature calculations: transferring a payload in
 * multiple chunks"): `size[;chunk-signature=…]`, the bytes, …, `0`, then trailers.
 * @param trailers receives the trailers, names in lower case. Throws IncompleteBody, InvalidRequest and what `verifyChunk` does.
 */
async function* unframe(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
  verifyChunk?: VerifyChunk,
): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer> => {
    const { done, value } = await chunks.next();
    if (done) throw s3Error('IncompleteBody');
    return value;
  };
  const misframed = () =>
    s3Error('InvalidRequest', { Message: 'The aws-chunked body is not framed as its headers say.' });
  const line = async (form: RegExp): Promise<string> => {
    let end = rest.indexOf('\r\n');
    for (; end < 0 && rest.length < MAX_LINE_BYTES; end = rest.indexOf('\r\n')) {
      rest = Buffer.concat([rest, await more()]);
    }
    const text = rest.toString('latin1', 0, Math.max(end, 0));
    rest = rest.subarray(end + 2);
    if (end >= 0 && form.test(text)) return text;
    throw misframed();
  };
  for (;;) {
    const header = await line(/^[\da-f]{1,12}(;|$)/i);
    const [, signature] = /;chunk-signature=([\da-f]{64})$/.exec(header) ?? [];
    const hash = createHash('sha256');
    let remaining = Number.parseInt(header, 16);
    const isLast = remaining === 0;
    while (remaining > 0) {
      if (rest.length === 0) rest = await more();
      const data = rest.subarray(0, remaining);
      rest = rest.subarray(data.length);
      remaining -= data.length;
      if (verifyChunk) hash.update(data);
      yield data;
    }
    verifyChunk?.('chunk', hash.digest('hex'), signature);
    if (isLast) break;
    await line(/^$/);
  }
  for (let text = await line(/^/); text !== ''; text = await line(/^/)) {
    const [, name = '', value = ''] = /^([^:]*):(.*)$/.exec(text) ?? [];
    trailers.set(name.trim().toLowerCase(), value.trim());
    if (trailers.size > MAX_TRAILERS) throw s3Error('MalformedTrailerError');
  }
  if (verifyChunk && trailers.size > 0) {
    const { 'x-amz-trailer-signature': signature, ...signed } = Object.fromEntries(trailers);
    const text = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`);
    verifyChunk('trailers', createHash('sha256').update(text.join('')).digest('hex'), signature);
  }
  // To the end of the request, so that its connection can be used again.
  if (rest.length > 0 || !(await chunks.next()).done) throw misframed();
}

/**
 * Streams the payload of a request out, without its framing, and verifies its length and each digest that headers or
 * trailers declare. @param wanted further checksums to make. @param isChecked whether `x-amz-checksum-…` is the payload's
 */
export async function receive(
  { message, verifyChunk }: Payload,
  write: Write,
  wanted: string[] = [],
  isChecked = true,
): Promise<Received> {
  const { headers } = message;
  const payloadHash = String(headers['x-amz-content-sha256'] ?? '');
  const isFramed = payloadHash.startsWith('STREAMING-');
  if (payloadHash && !PAYLOAD_HASH.test(payloadHash)) {
    const [ArgumentName, ArgumentValue] = ['x-amz-content-sha256', payloadHash];
    throw s3Error('InvalidArgument', { Message: NO_PAYLOAD_HASH, ArgumentName, ArgumentValue });
  }
  const length = lengthOf(headers, isFramed ? 'x-amz-decoded-content-length' : 'content-length');
  const declared = isChecked ? declaredChecksums(headers) : {};
  const inTrailer = String(headers['x-amz-trailer'] ?? '').split(',');
  const trailing = inTrailer.flatMap((name) => algorithmOfHeader(name) ?? []);
  if (inTrailer.some((name) => name !== '' && !algorithmOfHeader(name))) {
    const Message = 'The value specified in the x-amz-trailer header is not supported';
    throw s3Error('InvalidRequest', { Message });
  }
  const md5 = headers['content-md5']?.toString();
  if (md5 !== undefined && !isChecksum('MD5', md5)) throw s3Error('InvalidDigest');
  for (const [algorithm, value] of Object.entries(declared)) {
    if (isChecksum(algorithm, value)) continue;
    const Message = `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`;
    throw s3Error('InvalidRequest', { Message });
  }
  const isHashed = /^[\da-f]{64}$/.test(payloadHash);

  const trailers = new Map<string, string>();
  const kept = [...wanted, ...Object.keys(declared), ...trailing];
  const algorithms = ['MD5', ...(isHashed ? ['SHA256'] : []), ...kept];
  const source = chunksOf(message);
  const content = isFramed ? unframe(source, trailers, verifyChunk) : source;
  let left = length;
  const writeDeclared: Write = (chunk) => {
    left -= chunk.length;
    if (left < 0) throw s3Error('IncompleteBody');
    return write(chunk);
  };
  const { size, digests } = await digest(content, writeDeclared, algorithms);

  if (left !== 0) throw s3Error('IncompleteBody');
  if (isHashed && payloadHash !== hexOf(digests.SHA256)) throw s3Error('XAmzContentSHA256Mismatch');
  const claimed = Object.entries(declared);
  if (md5 !== undefined) claimed.push(['MD5', md5]);
  for (const algorithm of trailing) {
    const value = trailers.get(`x-amz-checksum-${algorithm.toLowerCase()}`);
    if (value === undefined) throw s3Error('MalformedTrailerError');
    claimed.push([algorithm, value]);
  }
  if (claimed.some(([algorithm, value]) => digests[algorithm] !== value)) throw s3Error('BadDigest');
  return { size, digests, checksums: only(digests, kept) };
}

/** Bytes that a payload has. Throws MissingContentLength, InvalidArgument and EntityTooLarge. */
function lengthOf(headers: IncomingHttpHeaders, name: string): number {
  const given = headers[name];
  if (given === undefined) throw s3Error('MissingContentLength');
  if (!/^\d{1,15}$/.test(String(given))) {
    throw s3Error('InvalidArgument', { ArgumentName: name, ArgumentValue: given });
  }
  if (Number(given) <= MAX_PUT_BYTES) return Number(given);
  throw s3Error('EntityTooLarge', { ProposedSize: given, MaxSizeAllowed: MAX_PUT_BYTES });
}

/** The checksum that a request names in a header, if it does: of what it carries, or of the object that it completes. */
export function declaredChecksums(headers: IncomingHttpHeaders): Digests {
  const declared = Object.entries(headers).flatMap(([name, value]) => {
    const algorithm = algorithmOfHeader(name);
    return algorithm ? [[algorithm, String(value)] as const] : [];
  });
  if (declared.length < 2) return Object.fromEntries(declared);
  throw s3Error('InvalidRequest', { Message: 'Expecting a single x-amz-checksum- header.' });
}

/** The payload of a request whose body is a document. */
export async function receiveDocument(payload: Payload, isChecked?: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const write = (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_DOCUMENT_BYTES) throw s3Error('MaxMessageLengthExceeded');
    chunks.push(chunk);
  };
  await receive(payload, write, [], isChecked);
  return Buffer.concat(chunks);
}
