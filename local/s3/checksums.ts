import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
// The SDK's own implementations, so that both ends agree; node has neither of these.
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { s3Error } from './errors';

interface Digest {
  update(data: Uint8Array): void;
  digest(): Promise<Uint8Array>;
}

function hash(name: string): Digest {
  const digest = createHash(name);
  return { update: (data) => digest.update(data), digest: async () => digest.digest() };
}

function zlibCrc32(): Digest {
  let value = 0;
  return {
    update: (data) => {
      value = crc32(data, value);
    },
    digest: async () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}

/** Those that the SDKs have without further libraries. */
const ALGORITHMS: Record<string, () => Digest> = {
  CRC32: zlibCrc32,
  CRC32C: () => new Crc32c(),
  CRC64NVME: () => new Crc64Nvme(),
  SHA1: () => hash('sha1'),
  SHA256: () => hash('sha256'),
};

/** Algorithms of which a multipart upload may have a checksum of the whole object, by name. */
export const FULL_OBJECT = /^CRC/;

/** @param algorithm as in the API, in any case. Throws InvalidRequest. */
export function createChecksum(algorithm: string): Digest {
  const create = ALGORITHMS[algorithm.toUpperCase()];
  if (!create) {
    const known = Object.keys(ALGORITHMS).join(', ');
    throw s3Error(
      'InvalidRequest',
      `Checksum algorithm provided is unsupported: ${algorithm}; known are ${known}.`,
    );
  }
  return create();
}

export const checksumHeader = (algorithm: string): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** Algorithm of a header such as `x-amz-checksum-crc32`; none for `x-amz-checksum-type` and other headers. */
export function algorithmOfHeader(name: string): string | undefined {
  return /^x-amz-checksum-(?!algorithm|mode|type)(.+)$/i.exec(name.trim())?.[1]?.toUpperCase();
}
