import { S3Client } from '@aws-sdk/client-s3';

/** A slot's client of S3: 5 attempts at a request, 60 s for each. */
export function createS3Client(): S3Client {
  return new S3Client({
    maxAttempts: 5,
    // Until the answer begins. A body may then stand still as long as the processor takes: the object's deadline ends it.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  });
}
