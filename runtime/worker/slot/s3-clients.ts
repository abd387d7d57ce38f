import type { BucketAccesses } from '../../s3/bucket-access';
import { S3Clients } from '../../s3/clients';

/** A slot's clients of S3: 5 attempts at a request, 60 s for each. */
export function createS3Clients(buckets: BucketAccesses): S3Clients {
  return new S3Clients(
    {
      maxAttempts: 5,
      // Until the answer begins. A body may then stand still as long as the processor takes: the object's deadline ends it.
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    },
    buckets,
  );
}
