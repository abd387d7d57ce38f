/** CreateBucket: buckets are folders that are there at the start. It makes none, and says whose a name is. */

import { handler } from '../parameters';
import { notImplemented, s3Error } from '../protocol/errors';

/** @param isOwn whether a bucket that is there belongs to the caller */
export const createBucket = (isOwn: (bucket: string) => boolean) =>
  handler({}, ({ bucket, region, response }) => {
    if (!isOwn(bucket)) throw s3Error('BucketAlreadyExists', { BucketName: bucket });
    // In this region it succeeds again: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    if (region !== 'us-east-1') throw s3Error('BucketAlreadyOwnedByYou', { BucketName: bucket });
    response.writeHead(200, { location: `/${bucket}`, 'content-length': 0 }).end();
  });

/** The error of an operation on a bucket that does not exist. */
export const missingBucket = (operation: string, bucket: string) =>
  operation === 'CreateBucket'
    ? notImplemented(`CreateBucket ${bucket}: its buckets are the folders that it was started with`)
    : s3Error('NoSuchBucket', { BucketName: bucket });
