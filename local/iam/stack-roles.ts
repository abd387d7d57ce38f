/** The roles and the bucket policies of a stack. */
import type { Attributes, Stack } from '../stack/stack';
import type { Role } from './role';

/** By name. Policies that AWS owns are not in the stack, so they allow nothing here. */
export function readRoles(stack: Stack): Map<string, Role> {
  const roles = new Map<string, Role>();
  for (const { attributes } of stack.resources('aws_iam_role')) {
    const { name, arn, assume_role_policy, inline_policy } = attributes;
    const inline: Attributes[] = [inline_policy ?? []].flat();
    roles.set(name, {
      name,
      arn,
      trust: JSON.parse(assume_role_policy),
      policies: inline.map(({ name: policyName, policy }) => ({
        name: policyName,
        policy: JSON.parse(policy),
      })),
    });
  }
  for (const { attributes, address } of stack.resources('aws_iam_role_policy')) {
    const { role, policy, name } = attributes;
    roles.get(role)?.policies.push({ name: name ?? address, policy: JSON.parse(policy) });
  }
  const managed = new Map(
    stack.resources('aws_iam_policy').map(({ attributes }) => [attributes.arn, attributes]),
  );
  for (const { attributes } of stack.resources('aws_iam_role_policy_attachment')) {
    const policy = managed.get(attributes.policy_arn);
    if (policy)
      roles.get(attributes.role)?.policies.push({ name: policy.name, policy: JSON.parse(policy.policy) });
  }
  return roles;
}

/** By ARN of the bucket. */
export function readBucketPolicies(stack: Stack): Map<string, unknown> {
  const policies = stack
    .resources('aws_s3_bucket_policy')
    .map(({ attributes }): [string, unknown] => [
      `arn:${stack.place.partition}:s3:::${attributes.bucket}`,
      JSON.parse(attributes.policy),
    ]);
  return new Map(policies);
}
