/** The roles and the bucket policies of a stack. */
import { LocalCloudError } from '../errors';
import type { Stack } from '../stack/stack';
import type { Role } from './document';
import { type Statement, statementsOf } from './document';

/** By name. Throws a LocalCloudError for policies that are not resources of their own. */
export function readRoles(stack: Stack): Map<string, Role> {
  const roles = new Map<string, Role>();
  for (const { attributes, address } of stack.resources('aws_iam_role')) {
    const { name, arn, assume_role_policy: trust, inline_policy, managed_policy_arns } = attributes;
    if (inline_policy ?? managed_policy_arns) {
      throw new LocalCloudError(
        `The role ${address} has policies of its own: give it an aws_iam_role_policy.`,
      );
    }
    roles.set(name, { name, arn, trust: read(trust, address), policies: [] });
  }
  for (const { attributes, address } of stack.resources('aws_iam_role_policy')) {
    roles.get(attributes.role)?.policies.push(...read(attributes.policy, address));
  }
  return roles;
}

/** By ARN of the bucket. */
export function readBucketPolicies(stack: Stack): Map<string, Statement[]> {
  return new Map(
    stack
      .resources('aws_s3_bucket_policy')
      .map(({ attributes, address }) => [
        `arn:${stack.accountAndRegion.partition}:s3:::${attributes.bucket}`,
        read(attributes.policy, address),
      ]),
  );
}

function read(document: string, address: string): Statement[] {
  return statementsOf(JSON.parse(document), address);
}
