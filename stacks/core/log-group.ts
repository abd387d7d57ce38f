/** A log group whose events expire. */
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import type { Construct } from 'constructs';

/** Creates `aws_cloudwatch_log_group.<logicalId>`, whose streams are kept for `retentionInDays`. */
export function logGroup(
  scope: Construct,
  logicalId: string,
  name: string,
  retentionInDays: number,
): CloudwatchLogGroup {
  const group = new CloudwatchLogGroup(scope, 'log-group', { name, retentionInDays });
  group.overrideLogicalId(logicalId);
  return group;
}
