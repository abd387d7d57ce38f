import { type FileHandle, open } from 'node:fs/promises';
import { createChecksum } from './checksums';
import { namesETag } from './conditions';
import { s3Error } from './errors';
import { toBase64 } from './payload';

/** Least that any part but the last may have: 5 MiB. */
const SMALLEST_PART = 5 * 1024 ** 2;

export interface Part {
  number: number;
  path: string;
  size: number;
  md5: Buffer;
  /** Base64, by algorithm. */
  checksums: Record<string, string>;
  lastModified: Date;
}

/** Entity tag of a part, without quotes. */
export const etagOf = ({ md5 }: Part): string => md5.toString('hex');

/**
 * The parts that a CompleteMultipartUpload document lists, in its order. Throws MalformedXML, InvalidPartOrder,
 * InvalidPart and EntityTooSmall.
 */
export function chooseParts(parts: Map<number, Part>, listed: unknown): Part[] {
  if (!Array.isArray(listed)) throw s3Error('MalformedXML', 'You must specify at least one part');
  const chosen: Part[] = [];
  for (const { PartNumber: number, ETag: etag, ...rest } of listed) {
    const part = parts.get(Number(number));
    if (Number(number) <= (chosen.at(-1)?.number ?? 0)) {
      throw s3Error(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    }
    const isSame = Object.entries(part?.checksums ?? {}).every(([algorithm, value]) =>
      [undefined, value].includes(rest[`Checksum${algorithm}`]),
    );
    if (!part || !namesETag(String(etag), etagOf(part)) || !isSame) {
      const message =
        'One or more of the specified parts could not be found, or its entity tag or checksum is not the one listed.';
      throw s3Error('InvalidPart', message, { PartNumber: number, ETag: etag });
    }
    chosen.push(part);
  }
  const small = chosen.slice(0, -1).find(({ size }) => size < SMALLEST_PART);
  if (!small) return chosen;
  throw s3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize: small.size,
    MinSizeAllowed: SMALLEST_PART,
    PartNumber: small.number,
    ETag: etagOf(small),
  });
}

/** The content of the parts, one after the other. */
export async function* contentOf(parts: Part[]): AsyncGenerator<Buffer> {
  for (const { path } of parts) {
    const file: FileHandle = await open(path);
    yield* file.createReadStream({ highWaterMark: 256 * 1024 });
  }
}

/** Checksum of the parts' checksums, as S3 writes it: with their number behind it. */
export async function compositeChecksum(algorithm: string, parts: Part[]): Promise<string> {
  const checksum = createChecksum(algorithm);
  for (const { checksums } of parts) checksum.update(Buffer.from(checksums[algorithm] ?? '', 'base64'));
  return `${toBase64(await checksum.digest())}-${parts.length}`;
}
