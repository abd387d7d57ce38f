/** Opens an object for reading. */
import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { SourceObject } from '../../../processor';
import { readError } from '../errors/failure';

export interface OpenSource
  extends Omit<SourceObject, 'attempt' | 'body' | 'text' | 'lines' | 'json' | 'bytes'> {
  /** As it comes from S3. */
  stream: Readable;
}

/** `unchanged` where it still is the version with the ETag `unlessEtag`. Throws a TaskError. */
export async function openSource(s3: S3Client, bucket: string, key: string): Promise<OpenSource>;
export async function openSource(
  s3: S3Client,
  bucket: string,
  key: string,
  unlessEtag: string | undefined,
): Promise<OpenSource | 'unchanged'>;
export async function openSource(
  s3: S3Client,
  bucket: string,
  key: string,
  unlessEtag?: string,
): Promise<OpenSource | 'unchanged'> {
  try {
    const IfNoneMatch = unlessEtag && `"${unlessEtag}"`;
    const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfNoneMatch }));
    return {
      bucket,
      key,
      etag: (answer.ETag ?? '').replaceAll('"', ''),
      size: answer.ContentLength ?? 0,
      contentType: answer.ContentType ?? 'application/octet-stream',
      ...(answer.ContentEncoding && { contentEncoding: answer.ContentEncoding }),
      lastModified: answer.LastModified ?? new Date(0),
      metadata: answer.Metadata ?? {},
      stream: answer.Body as Readable,
    };
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 304) return 'unchanged';
    throw readError(error, key);
  }
}

/** Of an object that nobody reads. */
export function closeSource({ stream }: OpenSource): void {
  stream.on('error', () => {}).destroy();
}
