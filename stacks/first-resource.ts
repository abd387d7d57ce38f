/**
 * The resource that a deployment creates first, so that two states never share one. AWS updates a cluster, an activity, a rule, an alarm
 * or a dashboard of a name that exists, and Terraform takes that for a creation. The creation of a log group fails instead:
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
 */
import { AutoscalingGroup } from '@cdktf/provider-aws/lib/autoscaling-group';
import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository';
import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { SchedulerScheduleGroup } from '@cdktf/provider-aws/lib/scheduler-schedule-group';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { SfnActivity } from '@cdktf/provider-aws/lib/sfn-activity';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { Aspects, type TerraformStack } from 'cdktf';

/** Its address. */
export const FIRST_RESOURCE = 'aws_cloudwatch_log_group.provisioner';

/** What has a name of its own. Everything else refers to one of these. */
const NAMED = [
  AutoscalingGroup,
  CloudwatchDashboard,
  CloudwatchEventRule,
  CloudwatchLogGroup,
  CloudwatchMetricAlarm,
  EcrRepository,
  EcsCluster,
  IamRole,
  S3Bucket,
  SchedulerScheduleGroup,
  SecurityGroup,
  SfnActivity,
  SnsTopic,
];

/** Makes everything else in the stack wait for it. */
export function waitForFirstResource(stack: TerraformStack): void {
  Aspects.of(stack).add({
    visit(node) {
      for (const kind of NAMED) {
        if (!(node instanceof kind)) continue;
        const address = `${node.terraformResourceType}.${node.friendlyUniqueId}`;
        if (address !== FIRST_RESOURCE) node.dependsOn = [...(node.dependsOn ?? []), FIRST_RESOURCE];
      }
    },
  });
}
