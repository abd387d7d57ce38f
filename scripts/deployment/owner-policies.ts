/** What owners of buckets in other accounts must do, as lines. */
import type { OwnerPolicies } from '../../stacks/storage/owner-policies';

export function describeOwnerPolicies(policies: OwnerPolicies[]): string[] {
  return policies.flatMap(({ bucket, owner, bucketStatements, keyStatements }) => [
    `Account ${owner} must have these statements in the policy of its bucket ${bucket}:`,
    ...JSON.stringify(bucketStatements, undefined, 2).split('\n'),
    ...(keyStatements.length > 0
      ? ['and in the policy of its key:', ...JSON.stringify(keyStatements, undefined, 2).split('\n')]
      : []),
  ]);
}
