/** How requests reach a bucket that is not the deployment's own. */
export interface BucketAccess {
  /** Default: that of the clients. */
  region?: string;
  /**
   * Account that must own the bucket: S3 answers 403 if another one does. Default: the owner is not checked.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
   */
  owner?: string;
  /** Pays for the requests: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html. Default: its owner pays. */
  requesterPays?: boolean;
}

/** By name. JSON. */
export type BucketAccesses = Record<string, BucketAccess>;
