import type { S3ServiceException } from '@aws-sdk/client-s3';

/** Region of a bucket from S3's answer to a request at another region: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export function bucketRegionOf({ $response }: S3ServiceException): string | undefined {
  return $response?.headers['x-amz-bucket-region'];
}
