// The SDK's own implementations, so that both ends agree.

import type { IncomingHttpHeaders } from 'node:http';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { Md5 } from '@aws-sdk/checksums/md5';
import { Sha1, Sha256 } from '@aws-sdk/checksums/sha';
import { s3Error } from './errors';

/** Those that the SDKs have without further libraries. */
const ALGORITHMS = new Map(
  Object.entries({
    CRC32: Crc32,
    CRC32C: Crc32c,
    CRC64NVME: Crc64Nvme,
    MD5: Md5,
    SHA1: Sha1,
    SHA256: Sha256,
  }),
);

/** Base64, by algorithm as the API names it: `CRC32`. */
export type Digests = Record<string, string>;

export const isAlgorithm = (name: string): boolean => ALGORITHMS.has(name);

/** Throws InvalidRequest. */
export function createChecksum(algorithm: string) {
  const Algorithm = ALGORITHMS.get(algorithm);
  if (Algorithm) return new Algorithm();
  const Message = `Checksum algorithm provided is unsupported: ${algorithm}; known are ${[...ALGORITHMS.keys()]}.`;
  throw s3Error('InvalidRequest', { Message });
}

/** Digests what it passes on, one chunk at a time. */
export async function digest(
  source: AsyncIterable<Buffer>,
  write: (chunk: Buffer) => Promise<unknown> | unknown,
  algorithms: string[],
): Promise<{ size: number; digests: Digests }> {
  const checksums = [...new Set(algorithms)].map((name) => [name, createChecksum(name)] as const);
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    for (const [, checksum] of checksums) checksum.update(chunk);
    await write(chunk);
  }
  const digests: Digests = {};
  for (const [name, checksum] of checksums) digests[name] = toBase64(await checksum.digest());
  return { size, digests };
}

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export const hexOf = (base64 = ''): string => Buffer.from(base64, 'base64').toString('hex');

/** The digests of these algorithms only. */
export const only = (digests: Digests, algorithms: string[]): Digests =>
  Object.fromEntries(Object.entries(digests).filter(([name]) => algorithms.includes(name)));

/** Algorithm of a header such as `x-amz-checksum-crc32`; none for `x-amz-checksum-type` and other headers. */
export const algorithmOfHeader = (name: string): string | undefined =>
  /^x-amz-checksum-(?!algorithm|mode|type)(.+)$/i.exec(name.trim())?.[1]?.toUpperCase();

/** Algorithm of the checksum that an object is to get where the request does not carry its content. */
export const wantedAlgorithm = (headers: IncomingHttpHeaders): string | undefined =>
  headers['x-amz-checksum-algorithm']?.toString().toUpperCase();
