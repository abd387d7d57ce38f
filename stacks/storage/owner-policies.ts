/** What the owners of buckets in other accounts must allow: statements of bucket and key policies. */
import { PREFIXES } from '../../runtime/prefixes';
import { roleName } from '../core/names';
import type { Config } from '../settings/complete-config';
import { type ExistingBucket, parseExistingBucket } from '../settings/existing-bucket';

export interface OwnerPolicies {
  bucket: string;
  owner: string;
  /** For the policy of the bucket. */
  bucketStatements: object[];
  /** For the policy of its key, if it has one. */
  keyStatements: object[];
}

/**
 * For each bucket of another account. The principal is the account, held to the roles by a condition: so the statements can be added before
 * the roles are made, and hold when they are made again.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html
 */
export function ownerPolicies(
  { readBuckets = [], outputBucket, namePrefix, region }: Config,
  { accountId, partition }: { accountId: string; partition: string },
): OwnerPolicies[] {
  const roleArn = (purpose: string) =>
    `arn:${partition}:iam::${accountId}:role/${roleName(namePrefix, purpose, region)}`;
  const allow = (Sid: string, Action: string | string[], Resource: string, roles: string[]) => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Action,
    Resource,
    Condition: { ArnEquals: { 'aws:PrincipalArn': roles.map(roleArn) } },
  });
  const both = ['worker', 'selector'];

  const policies = new Map<string, OwnerPolicies>();
  const add = ({ name, owner, keyArn }: ExistingBucket, statements: object[], keyStatement: object) => {
    if (owner === undefined || owner === 'any' || owner === accountId) return;
    const before = policies.get(name);
    policies.set(name, {
      bucket: name,
      owner,
      bucketStatements: [...(before?.bucketStatements ?? []), ...statements],
      keyStatements: [...(before?.keyStatements ?? []), ...(keyArn ? [keyStatement] : [])],
    });
  };
  for (const bucket of readBuckets.map(parseExistingBucket)) {
    const arn = `arn:${partition}:s3:::${bucket.name}`;
    add(
      bucket,
      [
        allow('ReadObjects', 's3:GetObject', `${arn}/*`, both),
        allow('ListObjects', 's3:ListBucket', arn, both),
      ],
      allow('DecryptObjects', 'kms:Decrypt', '*', both),
    );
  }
  if (outputBucket !== undefined) {
    const bucket = parseExistingBucket(outputBucket);
    const arn = `arn:${partition}:s3:::${bucket.name}`;
    const outputs = `${arn}/${PREFIXES.output}*`;
    add(
      bucket,
      [
        allow('WriteOutputs', ['s3:PutObject', 's3:AbortMultipartUpload'], outputs, ['worker']),
        allow('ReadOutputs', 's3:GetObject', outputs, both),
        allow('ListOutputs', 's3:ListBucket', arn, both),
      ],
      allow('UseKeyForOutputs', ['kms:Decrypt', 'kms:GenerateDataKey'], '*', both),
    );
  }
  return [...policies.values()];
}
