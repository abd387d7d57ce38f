/** The part of a stack that may change while the local cloud runs. */
import { isDeepStrictEqual } from 'node:util';
import { LocalCloudError } from '../errors';
import type { Stack } from './stack';

/** Types that the local cloud serves from what it was booted with. */
const FIXED = [
  'aws_autoscaling_group',
  'aws_cloudwatch_event_rule',
  'aws_cloudwatch_event_target',
  'aws_cloudwatch_log_group',
  'aws_ecs_cluster',
  'aws_s3_bucket',
  'aws_s3_bucket_policy',
  'aws_sfn_activity',
];

/** Throws a LocalCloudError that names the first resource that is different and cannot be changed. */
export function assertDeployable(booted: Stack, next: Stack): void {
  for (const type of FIXED) {
    const [before, after] = [booted.resources(type), next.resources(type)];
    for (const { address } of [...before, ...after]) {
      const attributes = (stack: typeof before) => stack.find((one) => one.address === address)?.attributes;
      if (isDeepStrictEqual(attributes(before), attributes(after))) continue;
      throw new LocalCloudError(
        `The local cloud does not change ${address} while it runs: start it again with this stack.`,
      );
    }
  }
}
