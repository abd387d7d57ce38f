/** Objects in the page: a link leads to this server, which reads the object with its own credentials. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { BatchProcessor, ExecutionInput } from '../../client';

/** The beginning of the links of a run's objects. */
export function objectLinkOf({ deployment }: BatchProcessor, input?: object): string {
  const { bucket = deployment.bucketName } = (input ?? {}) as Partial<ExecutionInput>;
  return `/objects?bucket=${encodeURIComponent(bucket)}&key=`;
}

/**
 * Sends an object of one of the deployment's buckets, always as a file to save: a page among the objects would else run with the rights
 * of this one.
 */
export async function sendObject(
  batch: BatchProcessor,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const [Bucket, Key] = [query.get('bucket') ?? '', query.get('key') ?? ''];
  const { bucketName, sourceBuckets, outputBucketName } = batch.deployment;
  if (![bucketName, outputBucketName, ...sourceBuckets].includes(Bucket) || Key === '') {
    response.writeHead(404).end('There is no such bucket in this deployment.\n');
    return;
  }
  try {
    const { Body, ContentLength } = await batch.s3Of(Bucket).send(new GetObjectCommand({ Bucket, Key }));
    const name = encodeURIComponent(Key.slice(Key.lastIndexOf('/') + 1) || 'object');
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${name.replaceAll("'", '%27')}`,
      ...(ContentLength !== undefined && { 'content-length': ContentLength }),
    });
    await pipeline(Body as Readable, response);
  } catch (error) {
    if (!(error instanceof S3ServiceException) || response.headersSent) throw error;
    response
      .writeHead(error.$metadata.httpStatusCode ?? 502, { 'content-type': 'text/plain; charset=utf-8' })
      .end(`${batch.locate(Key, Bucket)} cannot be read: ${error.name}: ${error.message}\n`);
  }
}
