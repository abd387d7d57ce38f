// Those that Node.js does not have are the SDK's own, so that both ends agree.

import { createHash } from 'node:crypto';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import * as z from 'zod';
import { s3Error } from './errors';

/** Those that the SDKs have without further libraries, and the bytes of each one's checksum. */
const ALGORITHMS = new Map(
  Object.entries({
    CRC32: { create: () => new Crc32(), bytes: 4 },
    CRC32C: { create: () => new Crc32c(), bytes: 4 },
    CRC64NVME: { create: () => new Crc64Nvme(), bytes: 8 },
    MD5: { create: () => createHash('md5'), bytes: 16 },
    SHA1: { create: () => createHash('sha1'), bytes: 20 },
    SHA256: { create: () => createHash('sha256'), bytes: 32 },
  }),
);

/** Whether the text is a checksum of the algorithm, in base64. Throws InvalidRequest for an unknown algorithm. */
export function isChecksum(algorithm: string, value: string): boolean {
  const { bytes } = ALGORITHMS.get(algorithm) ?? unsupported(algorithm);
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length % 4 === 0;
  return isBase64 && Buffer.from(value, 'base64').length === bytes;
}

function unsupported(algorithm: string): never {
  const Message = `Checksum algorithm provided is unsupported: ${algorithm}; known are ${[...ALGORITHMS.keys()]}.`;
  throw s3Error('InvalidRequest', { Message });
}

/** The algorithm of an object's checksum, as a parameter of requests: `crc32` is `CRC32`. */
export const checksumAlgorithm = z
  .string()
  .toUpperCase()
  .refine((name) => ALGORITHMS.has(name), {
    error: `must be one of ${[...ALGORITHMS.keys()].join(', ')}`,
    params: { code: 'InvalidRequest' },
  });

/** Base64, by algorithm as the API names it: `CRC32`. */
export type Digests = Record<string, string>;

export const isAlgorithm = (name: string): boolean => ALGORITHMS.has(name);

/** Throws InvalidRequest. */
export function createChecksum(algorithm: string) {
  const { create } = ALGORITHMS.get(algorithm) ?? unsupported(algorithm);
  return create();
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
