/** A worker's requests to S3: check an output, read a source, write an output. */
import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Output as ProcessedObject, SourceObject } from '../../processor';
import { readError, storageError } from './failure';
import { partSize } from './part-size';

/** Which version of the source, and which processor, an output was made with: its user metadata. */
export interface Provenance {
  'source-etag': string;
  /** `<name>@<version>` */
  processor: string;
}

/** The provenance of an output; undefined if there is no such output, or one that something else wrote. */
export async function readProvenance(
  s3: S3Client,
  bucket: string,
  key: string,
): Promise<Partial<Provenance>> {
  try {
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return Metadata ?? {};
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return {};
    throw storageError(error, `${key} could not be looked at`);
  }
}

/** Opens a source for reading; `unchanged` if it still is the version with the ETag `unlessEtag`. */
export async function openSource(
  s3: S3Client,
  bucket: string,
  key: string,
  unlessEtag?: string,
): Promise<Omit<SourceObject, 'attempt'> | 'unchanged'> {
  try {
    const IfNoneMatch = unlessEtag && `"${unlessEtag}"`;
    const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfNoneMatch }));
    return {
      bucket,
      key,
      etag: (answer.ETag ?? '').replaceAll('"', ''),
      size: answer.ContentLength ?? 0,
      contentType: answer.ContentType ?? 'application/octet-stream',
      lastModified: answer.LastModified ?? new Date(0),
      metadata: answer.Metadata ?? {},
      body: answer.Body as Readable,
    };
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 304) return 'unchanged';
    throw readError(error, key);
  }
}

/**
 * Writes an output: small ones in one PutObject, larger ones in parts, two in flight. Nothing is visible before it is
 * whole. Returns the bytes written.
 */
export async function writeOutput(
  s3: S3Client,
  destination: { bucket: string; key: string; sourceSize: number },
  output: ProcessedObject,
  provenance: Provenance,
): Promise<number> {
  let written = 0;
  const upload = new Upload({
    client: s3,
    params: {
      Bucket: destination.bucket,
      Key: destination.key,
      Body: output.body,
      ContentType: output.contentType ?? 'application/octet-stream',
      ContentEncoding: output.contentEncoding,
      Metadata: { ...provenance },
    },
    partSize: partSize(destination.sourceSize),
    queueSize: 2,
  });
  upload.on('httpUploadProgress', ({ loaded }) => {
    written = Math.max(written, loaded ?? 0);
  });
  await upload.done();
  return written;
}
