/** One look at an object. */
import {
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Candidate } from './candidate';

/** Undefined if there is none, or if it may not be read. */
export async function head(
  s3: S3Client,
  bucket: string,
  key: string,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 404 || status === 403) return undefined;
    throw error;
  }
}

/** All details; undefined if there is no such object, or if it may not be read. */
export async function describe(s3: S3Client, bucket: string, key: string): Promise<Candidate | undefined> {
  const found = await head(s3, bucket, key);
  return (
    found && {
      key,
      size: found.ContentLength,
      modified: found.LastModified?.getTime(),
      // S3 names every class but this one.
      storageClass: found.StorageClass ?? 'STANDARD',
      etag: found.ETag?.replaceAll('"', ''),
    }
  );
}
