import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { algorithmOfHeader, checksumHeader, createChecksum } from './checksums';
import { unframe } from './chunked';
import { s3Error } from './errors';

/** Most that one PUT or one part may have: 5 GiB. */
const LARGEST_PUT = 5 * 1024 ** 3;

/** Largest XML document that an operation takes; 10,000 parts or 1,000 keys stay far below it. */
const LARGEST_DOCUMENT = 4 * 1024 ** 2;

/** What passed through. */
export interface Digested {
  size: number;
  md5: Buffer;
  /** Base64, by algorithm. */
  checksums: Record<string, string>;
}

/** Digests what it passes on to the sink, one chunk at a time. */
export async function digest(
  source: AsyncIterable<Buffer>,
  sink: (chunk: Buffer) => Promise<unknown> | unknown,
  algorithms: Iterable<string>,
): Promise<Digested> {
  const md5 = createHash('md5');
  const checksums = [...new Set(algorithms)].map((name) => ({ name, checksum: createChecksum(name) }));
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    md5.update(chunk);
    for (const { checksum } of checksums) checksum.update(chunk);
    await sink(chunk);
  }
  const digests = checksums.map(
    async ({ name, checksum }) => [name, toBase64(await checksum.digest())] as const,
  );
  return { size, md5: md5.digest(), checksums: Object.fromEntries(await Promise.all(digests)) };
}

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Checksum that a request names in a header, for what it carries or (completing a multipart upload) for the object. */
export function declaredChecksum(
  headers: IncomingHttpHeaders,
): { algorithm: string; value: string } | undefined {
  const declared = Object.entries(headers).flatMap(([name, value]) => {
    const algorithm = algorithmOfHeader(name);
    return algorithm ? [{ algorithm, value: String(value) }] : [];
  });
  if (declared.length < 2) return declared[0];
  throw s3Error(
    'InvalidRequest',
    'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  );
}

/** Throws BadDigest where a checksum is not the one that was declared. */
export function checkChecksum(
  algorithm: string,
  declared: string | undefined,
  checksums: Record<string, string>,
): void {
  if (declared === undefined || declared === checksums[algorithm]) return;
  throw s3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
}

export interface ReceiveOptions {
  /** Of further checksums that the caller needs. */
  algorithms?: string[];
  /** Whether a checksum header is that of the payload. Default true. */
  isChecked?: boolean;
}

/**
 * Streams the payload of a request into the sink, without its framing, and verifies its length and each digest that
 * the headers or trailers declare.
 * @returns checksums that were declared or asked for
 */
export async function receive(
  message: IncomingMessage,
  sink: (chunk: Buffer) => Promise<unknown> | unknown,
  { algorithms = [], isChecked = true }: ReceiveOptions = {},
): Promise<Digested> {
  const { headers } = message;
  const payloadHash = headers['x-amz-content-sha256']?.toString() ?? '';
  const isFramed = payloadHash.startsWith('STREAMING-');
  const length = headers[isFramed ? 'x-amz-decoded-content-length' : 'content-length'];
  if (length === undefined)
    throw s3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  if (Number(length) > LARGEST_PUT) {
    const members = { ProposedSize: length, MaxSizeAllowed: LARGEST_PUT };
    throw s3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', members);
  }
  const contentMd5 = headers['content-md5']?.toString();
  if (contentMd5 !== undefined && Buffer.from(contentMd5, 'base64').length !== 16) {
    throw s3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  }
  const declared = isChecked ? declaredChecksum(headers) : undefined;
  const inTrailer = (headers['x-amz-trailer']?.toString() ?? '')
    .split(',')
    .flatMap((name) => algorithmOfHeader(name) ?? []);
  const signedHash = /^[\da-f]{64}$/.test(payloadHash) ? ['SHA256'] : [];

  const trailers = new Map<string, string>();
  const source = isFramed ? unframe(message, trailers) : message;
  const wanted = [...algorithms, ...inTrailer, ...(declared ? [declared.algorithm] : [])];
  const result = await digest(source, sink, [...wanted, ...signedHash]);

  if (result.size !== Number(length)) {
    throw s3Error(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  if (contentMd5 !== undefined && contentMd5 !== toBase64(result.md5)) {
    throw s3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const { SHA256: sha256 = '' } = result.checksums;
  if (signedHash.length > 0 && payloadHash !== Buffer.from(sha256, 'base64').toString('hex')) {
    const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    throw s3Error('XAmzContentSHA256Mismatch', message);
  }
  if (declared) checkChecksum(declared.algorithm, declared.value, result.checksums);
  for (const algorithm of inTrailer) {
    const value = trailers.get(checksumHeader(algorithm));
    if (value === undefined)
      throw s3Error('MalformedTrailerError', 'A trailer that x-amz-trailer names is missing.');
    checkChecksum(algorithm, value, result.checksums);
  }
  if (!wanted.includes('SHA256')) delete result.checksums.SHA256;
  return result;
}

/** The payload of a request whose body is a document. */
export async function receiveDocument(message: IncomingMessage, options?: ReceiveOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const sink = (chunk: Buffer) => {
    size += chunk.length;
    if (size > LARGEST_DOCUMENT) throw s3Error('MaxMessageLengthExceeded', 'Your request was too large.');
    chunks.push(chunk);
  };
  await receive(message, sink, options);
  return Buffer.concat(chunks);
}
