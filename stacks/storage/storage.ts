/** The bucket of inputs, outputs and results: made here, or an existing one whose settings are left alone. */
import { DataAwsS3Bucket } from '@cdktf/provider-aws/lib/data-aws-s3-bucket';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { Construct } from 'constructs';
import { PREFIXES } from '../../runtime/prefixes';
import type { Names } from '../core/names';
import type { Statement } from '../core/service-role';
import { ownBucketName } from './bucket-name';

export interface StorageProps {
  names: Names;
  /** Name of an existing bucket; one is made otherwise. */
  existingBucket?: string;
  /** ARN of the KMS key that the existing bucket is encrypted with, if any. */
  keyArn?: string;
  /** Days that a bucket of the stack's own keeps results and manifests. Default: they are kept. */
  resultsRetentionDays?: number;
}

export class Storage extends Construct {
  readonly bucketName: string;
  readonly bucketArn: string;
  /** Permissions that a role needs to read and write the bucket, besides those of S3. */
  readonly keyStatements: Statement[];

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id);
    const { names, existingBucket, keyArn, resultsRetentionDays } = props;
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    const useKey = { Sid: 'UseKey', Action: ['kms:Decrypt', 'kms:GenerateDataKey'] };
    this.keyStatements = keyArn ? [{ ...useKey, Resource: keyArn }] : [];
    if (existingBucket) {
      // Read rather than named, so that a plan fails if the bucket does not exist.
      const existing = new DataAwsS3Bucket(this, 'existing', { bucket: existingBucket });
      existing.overrideLogicalId('data');
      this.bucketName = existing.bucket;
      this.bucketArn = existing.arn;
      return;
    }
    const bucket = this.createBucket(names, resultsRetentionDays);
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
  }

  private createBucket(names: Names, resultsRetentionDays: number | undefined): S3Bucket {
    // Terraform deletes it only when it is empty.
    const bucket = new S3Bucket(this, 'bucket', {
      bucket: ownBucketName(names.prefix, names.account, names.region),
      forceDestroy: false,
    });
    // Before anything refers to it: a reference keeps the id that it was made with.
    bucket.overrideLogicalId('data');
    const publicAccess = new S3BucketPublicAccessBlock(this, 'public-access', {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const ownership = new S3BucketOwnershipControls(this, 'ownership', {
      bucket: bucket.id,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    });
    const encryption = new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket: bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
    const lifecycle = new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: bucket.id,
      rule: [
        {
          id: 'expire-incomplete-uploads',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
        ...expiration(resultsRetentionDays),
      ],
    });
    const policy = new S3BucketPolicy(this, 'policy', {
      bucket: bucket.id,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [bucket.arn, `${bucket.arn}/*`],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      }),
      // S3 refuses two of these changes to one bucket at the same time (OperationAborted).
      dependsOn: [publicAccess],
    });
    for (const part of [publicAccess, ownership, encryption, lifecycle, policy]) {
      part.overrideLogicalId('data');
    }
    return bucket;
  }
}

/** A rule for each prefix: a rule has one. */
function expiration(days: number | undefined) {
  if (days === undefined) return [];
  return [PREFIXES.results, PREFIXES.manifests].map((prefix) => ({
    id: `expire-${prefix.replace('/', '')}`,
    status: 'Enabled',
    filter: [{ prefix }],
    expiration: [{ days }],
  }));
}
