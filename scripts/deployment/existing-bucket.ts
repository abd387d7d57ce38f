/** Checks a bucket that the stack is to use but not to make. The AWS provider's majors tell its region by different names. */
import { HeadBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { Config } from '../../stacks/config';
import { UsageError } from '../cli/usage-error';
import { awsConfig } from './aws';
import type { CallerIdentity } from './caller-identity';

/**
 * Step Functions lists and writes a bucket of its own region and account only. Throws a UsageError if the bucket of the setting
 * `bucket` is another's, elsewhere, or missing.
 */
export async function checkExistingBucket(config: Config, { accountId }: CallerIdentity): Promise<void> {
  const { bucket, region } = config;
  if (!bucket) return;
  const s3 = new S3Client(awsConfig(region));
  try {
    const { BucketRegion } = await s3.send(
      new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: accountId }),
    );
    checkRegion(bucket, BucketRegion, region);
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    const status = error.$metadata.httpStatusCode;
    if (status === 404) {
      throw new UsageError(`The bucket ${bucket} does not exist: create it, or correct --bucket.`);
    }
    checkRegion(bucket, bucketRegionOf(error), region);
    if (status !== 403) throw error;
    throw new UsageError(
      `The bucket ${bucket} belongs to another account than ${accountId}, or you may not use it: give a bucket of this account, and allow yourself s3:ListBucket.`,
    );
  } finally {
    s3.destroy();
  }
}

/** Region of a bucket from S3's answer to a request at another region: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export function bucketRegionOf({ $response }: S3ServiceException): string | undefined {
  return $response?.headers['x-amz-bucket-region'];
}

function checkRegion(bucket: string, actual: string | undefined, region: string): void {
  if (!actual || actual === region) return;
  throw new UsageError(
    `The bucket ${bucket} is in ${actual}, but the stack in ${region}: give a bucket in ${region}, or --region ${actual}.`,
  );
}
