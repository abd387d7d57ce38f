import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorization } from '../service';
import { noSuchKey, s3Error } from './errors';
import type { BucketFolder } from './folder';
import type { S3Request } from './request';

/** One request to a bucket that exists, and all that an operation needs to answer it. */
export interface Exchange extends S3Request {
  folder: BucketFolder;
  /** Throws NoSuchBucket. */
  folderOf(bucket: string): BucketFolder;
  message: IncomingMessage;
  response: ServerResponse;
  /** Asks the policies of the caller. */
  isAllowed(authorization: Authorization): boolean;
}

/** The error of a read of a key that is not there: S3 tells it only to those who may list the bucket. */
export function missing({ isAllowed }: Exchange, bucket: string, key: string): Error {
  if (isAllowed({ action: 's3:ListBucket', resources: [`arn:aws:s3:::${bucket}`] })) return noSuchKey(key);
  return s3Error('AccessDenied', 'Access Denied');
}
