// The SDK's own implementations, so that both ends agree.
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { Md5 } from '@aws-sdk/checksums/md5';
import { Sha1, Sha256 } from '@aws-sdk/checksums/sha';
import { s3Error } from './errors';

/** Those that the SDKs have without further libraries. */
const ALGORITHMS = {
  CRC32: Crc32,
  CRC32C: Crc32c,
  CRC64NVME: Crc64Nvme,
  MD5: Md5,
  SHA1: Sha1,
  SHA256: Sha256,
};

/** Base64, by algorithm as the API names it: `CRC32`. */
export type Digests = Record<string, string>;

/** Throws InvalidRequest. */
export function createChecksum(algorithm: string) {
  if (Object.hasOwn(ALGORITHMS, algorithm)) return new ALGORITHMS[algorithm as keyof typeof ALGORITHMS]();
  const Message = `Checksum algorithm provided is unsupported: ${algorithm}; known are ${Object.keys(ALGORITHMS)}.`;
  throw s3Error('InvalidRequest', { Message });
}

/** Digests what it passes on, one chunk at a time. */
export async function digest(
  source: AsyncIterable<Buffer>,
  write: (chunk: Buffer) => Promise<unknown> | unknown,
  algorithms: string[],
): Promise<{ size: number; digests: Digests }> {
  const checksums = [...new Set(algorithms)].map((name) => ({ name, checksum: createChecksum(name) }));
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    for (const { checksum } of checksums) checksum.update(chunk);
    await write(chunk);
  }
  const digests: Digests = {};
  for (const { name, checksum } of checksums) {
    digests[name] = Buffer.from(await checksum.digest()).toString('base64');
  }
  return { size, digests };
}

/** The digests of these algorithms only. */
export function only(digests: Digests, algorithms: string[]): Digests {
  return Object.fromEntries(Object.entries(digests).filter(([name]) => algorithms.includes(name)));
}

export const hexOf = (base64 = ''): string => Buffer.from(base64, 'base64').toString('hex');

/** Algorithm of a header such as `x-amz-checksum-crc32`; none for `x-amz-checksum-type` and other headers. */
export function algorithmOfHeader(name: string): string | undefined {
  return /^x-amz-checksum-(?!algorithm|mode|type)(.+)$/i.exec(name.trim())?.[1]?.toUpperCase();
}

/** Checksums of an object or a part, under the names that `nameOf` gives them. */
export function named(
  { checksums = {}, checksumType }: { checksums?: Digests; checksumType?: string },
  nameOf: (algorithm: string) => string,
  nameOfType: string,
): Record<string, string> {
  const all = Object.entries(checksums).map(([algorithm, value]) => [nameOf(algorithm), value]);
  if (all.length > 0 && checksumType) all.push([nameOfType, checksumType]);
  return Object.fromEntries(all);
}
