/** Makes and deletes the objects of a test run. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { PutObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { deleteObjects } from '../deployment/bucket';

/** Facts of an uploaded object. */
export interface UploadedObject {
  key: string;
  size: number;
  /** Hex. */
  sha256: string;
  /** Without quotes. */
  etag: string;
}

const KIB = 1024;
/** Bytes: empty, tiny, text-sized, and more than one part of a multipart upload. */
const SIZES = [0, 1, 1000, 64 * KIB, 1024 * KIB, 6 * 1024 * KIB];
/** Names with characters that programs often mishandle. */
const NAMES = ['plain', 'with space', 'plus+sign', '100%25', 'größe-日本', "quote'&=", 'folder/below'];
const AT_A_TIME = 8;

/** Uploads `count` objects of random content and mixed sizes and names below `prefix`. */
export async function uploadObjects(
  s3: S3Client,
  bucket: string,
  prefix: string,
  count: number,
): Promise<UploadedObject[]> {
  const numbers = Readable.from(Array.from({ length: count }, (_, number) => number));
  return numbers
    .map((number: number) => upload(s3, bucket, prefix, number), { concurrency: AT_A_TIME })
    .toArray();
}

async function upload(s3: S3Client, bucket: string, prefix: string, number: number): Promise<UploadedObject> {
  const key = `${prefix}${NAMES[number % NAMES.length]}-${String(number).padStart(4, '0')}.bin`;
  const body = randomBytes(SIZES[number % SIZES.length] ?? 0);
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  const sha256 = createHash('sha256').update(body).digest('hex');
  return { key, size: body.length, sha256, etag: ETag.replaceAll('"', '') };
}

/** Deletes everything below the prefix. */
export async function deleteBelow(s3: S3Client, bucket: string, prefix: string): Promise<void> {
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix });
  for await (const { Contents = [] } of pages) {
    const objects = Contents.map(({ Key }) => ({ Key }));
    await deleteObjects(s3, bucket, objects);
  }
}
