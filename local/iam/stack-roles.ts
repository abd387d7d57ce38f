/** The roles and the bucket policies of a stack. */
import type { Attributes, Stack } from '../stack/stack';
import { type Statement, statementsOf } from './document';
import type { Role } from './role';

/** By name. Policies that AWS owns are not in the stack, so they allow nothing here. */
export function readRoles(stack: Stack): Map<string, Role> {
  const roles = new Map<string, Role>();
  for (const { attributes, address } of stack.resources('aws_iam_role')) {
    const { name, arn, assume_role_policy, inline_policy } = attributes;
    const inline: Attributes[] = [inline_policy ?? []].flat();
    roles.set(name, {
      name,
      arn,
      trust: read(assume_role_policy, address),
      policies: inline.flatMap(({ policy }) => read(policy, address)),
    });
  }
  for (const { attributes, address } of stack.resources('aws_iam_role_policy')) {
    roles.get(attributes.role)?.policies.push(...read(attributes.policy, address));
  }
  const managed = new Map(stack.resources('aws_iam_policy').map((policy) => [policy.attributes.arn, policy]));
  for (const { attributes } of stack.resources('aws_iam_role_policy_attachment')) {
    const policy = managed.get(attributes.policy_arn);
    if (policy) roles.get(attributes.role)?.policies.push(...read(policy.attributes.policy, policy.address));
  }
  return roles;
}

/** By ARN of the bucket. */
export function readBucketPolicies(stack: Stack): Map<string, Statement[]> {
  return new Map(
    stack
      .resources('aws_s3_bucket_policy')
      .map(({ attributes, address }) => [
        `arn:${stack.place.partition}:s3:::${attributes.bucket}`,
        read(attributes.policy, address),
      ]),
  );
}

function read(document: string, address: string): Statement[] {
  return statementsOf(JSON.parse(document), address);
}
