/** Looks for a resource on AWS by the name that Terraform plans to give it. */
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  ListTagsForResourceCommand as ListTagsOfAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand as ListTagsOfLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  DescribeRepositoriesCommand,
  ECRClient,
  ListTagsForResourceCommand as ListTagsOfRepositoryCommand,
} from '@aws-sdk/client-ecr';
import { DescribeCapacityProvidersCommand, DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTagsForResourceCommand as ListTagsOfRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { GetInstanceProfileCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import {
  GetScheduleGroupCommand,
  ListTagsForResourceCommand as ListTagsOfScheduleGroupCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import {
  DescribeActivityCommand,
  DescribeStateMachineCommand,
  ListTagsForResourceCommand as ListTagsOfStatesCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import {
  GetTopicAttributesCommand,
  ListTagsForResourceCommand as ListTagsOfTopicCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { awsConfig } from '../account/aws';
import type { CallerIdentity } from '../account/caller-identity';

export interface Found {
  /** As `terraform import` takes it. */
  id: string;
  tags: Record<string, string>;
}

/** The attributes that a plan knows, as texts. */
export type Planned = Record<string, string>;
type LookUp = (planned: Planned) => Promise<Found | undefined>;

export interface LookUps {
  /** The types in Terraform that can be looked for. */
  types: string[];
  /** Undefined if AWS does not have it, or if a resource of this type belongs to another one, which has its own look-up. */
  find(type: string, planned: Planned): Promise<Found | undefined>;
  close(): void;
}

/** The names of the errors by which services say that they do not have it. */
const ABSENT = new Set([
  'ActivityDoesNotExist',
  'DashboardNotFoundError',
  'InvalidLaunchTemplateName.NotFoundException',
  'NoSuchEntityException',
  'NotFound',
  'NotFoundException',
  'RepositoryNotFoundException',
  'ResourceNotFound',
  'ResourceNotFoundException',
  'StateMachineDoesNotExist',
]);

export function openLookUps(region: string, { accountId, partition }: CallerIdentity): LookUps {
  const config = awsConfig(region);
  const autoScaling = new AutoScalingClient(config);
  const cloudWatch = new CloudWatchClient(config);
  const logs = new CloudWatchLogsClient(config);
  const ec2 = new EC2Client(config);
  const ecr = new ECRClient(config);
  const ecs = new ECSClient(config);
  const events = new EventBridgeClient(config);
  const iam = new IAMClient(config);
  const lambda = new LambdaClient(config);
  const s3 = new S3Client(config);
  const scheduler = new SchedulerClient(config);
  const sns = new SNSClient(config);
  const states = new SFNClient(config);
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const stateTags = async (resourceArn: string) =>
    tagsOf((await states.send(new ListTagsOfStatesCommand({ resourceArn }))).tags);

  /** By the type in Terraform. */
  const lookUps: Record<string, LookUp> = {
    aws_autoscaling_group: async ({ name = '' }) => {
      const request = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
      const group = (await autoScaling.send(request)).AutoScalingGroups?.[0];
      return group && { id: name, tags: tagsOf(group.Tags) };
    },
    // A dashboard has no tags.
    aws_cloudwatch_dashboard: async ({ dashboard_name: DashboardName = '' }) => {
      await cloudWatch.send(new GetDashboardCommand({ DashboardName }));
      return { id: DashboardName, tags: {} };
    },
    aws_cloudwatch_event_rule: async ({ name = '' }) => {
      const { Arn: ResourceARN } = await events.send(new DescribeRuleCommand({ Name: name }));
      const { Tags } = await events.send(new ListTagsOfRuleCommand({ ResourceARN }));
      return { id: name, tags: tagsOf(Tags) };
    },
    aws_cloudwatch_log_group: async ({ name = '' }) => {
      const request = new DescribeLogGroupsCommand({ logGroupNamePrefix: name });
      const { logGroups = [] } = await logs.send(request);
      if (!logGroups.some(({ logGroupName }) => logGroupName === name)) return undefined;
      const resourceArn = arn('logs', `log-group:${name}`);
      return { id: name, tags: (await logs.send(new ListTagsOfLogGroupCommand({ resourceArn }))).tags ?? {} };
    },
    aws_cloudwatch_metric_alarm: async ({ alarm_name: name = '' }) => {
      const request = new DescribeAlarmsCommand({
        AlarmNames: [name],
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      });
      const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(request);
      const [alarm] = [...MetricAlarms, ...CompositeAlarms];
      if (!alarm) return undefined;
      const { Tags } = await cloudWatch.send(new ListTagsOfAlarmCommand({ ResourceARN: alarm.AlarmArn }));
      return { id: name, tags: tagsOf(Tags) };
    },
    aws_ecr_repository: async ({ name = '' }) => {
      const request = new DescribeRepositoriesCommand({ repositoryNames: [name] });
      const resourceArn = (await ecr.send(request)).repositories?.[0]?.repositoryArn;
      const { tags } = await ecr.send(new ListTagsOfRepositoryCommand({ resourceArn }));
      return { id: name, tags: tagsOf(tags) };
    },
    // ECS describes what is deleted for a while, as INACTIVE.
    aws_ecs_capacity_provider: async ({ name = '' }) => {
      const request = new DescribeCapacityProvidersCommand({ capacityProviders: [name], include: ['TAGS'] });
      const provider = (await ecs.send(request)).capacityProviders?.[0];
      return provider?.status === 'ACTIVE' ? { id: name, tags: tagsOf(provider.tags) } : undefined;
    },
    aws_ecs_cluster: async ({ name = '' }) => {
      const request = new DescribeClustersCommand({ clusters: [name], include: ['TAGS'] });
      const cluster = (await ecs.send(request)).clusters?.[0];
      return cluster && cluster.status !== 'INACTIVE' ? { id: name, tags: tagsOf(cluster.tags) } : undefined;
    },
    aws_iam_instance_profile: async ({ name = '' }) => {
      const request = new GetInstanceProfileCommand({ InstanceProfileName: name });
      return { id: name, tags: tagsOf((await iam.send(request)).InstanceProfile?.Tags) };
    },
    aws_iam_role: async ({ name = '' }) => {
      return { id: name, tags: tagsOf((await iam.send(new GetRoleCommand({ RoleName: name }))).Role?.Tags) };
    },
    aws_lambda_function: async ({ function_name: name = '' }) => {
      const { Tags = {} } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
      return { id: name, tags: Tags };
    },
    aws_launch_template: async ({ name = '' }) => {
      const request = new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [name] });
      const template = (await ec2.send(request)).LaunchTemplates?.[0];
      return template && { id: template.LaunchTemplateId ?? '', tags: tagsOf(template.Tags) };
    },
    aws_s3_bucket: async ({ bucket = '' }) => {
      try {
        await s3.send(new HeadBucketCommand({ Bucket: bucket }));
      } catch (error) {
        // 301 and 403: somebody has the name.
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status !== 301 && status !== 403) throw error;
      }
      // It has its tags after its creation, so they do not show which deployment it belongs to.
      return { id: bucket, tags: {} };
    },
    aws_scheduler_schedule_group: async ({ name: Name = '' }) => {
      const { Arn: ResourceArn } = await scheduler.send(new GetScheduleGroupCommand({ Name }));
      const { Tags } = await scheduler.send(new ListTagsOfScheduleGroupCommand({ ResourceArn }));
      return { id: Name, tags: tagsOf(Tags) };
    },
    aws_security_group: async ({ name = '', vpc_id = '' }) => {
      const Filters = [
        { Name: 'group-name', Values: [name] },
        { Name: 'vpc-id', Values: [vpc_id] },
      ];
      const group = (await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups?.[0];
      return group && { id: group.GroupId ?? '', tags: tagsOf(group.Tags) };
    },
    aws_sfn_activity: async ({ name }) => {
      const activityArn = arn('states', `activity:${name}`);
      await states.send(new DescribeActivityCommand({ activityArn }));
      return { id: activityArn, tags: await stateTags(activityArn) };
    },
    aws_sfn_state_machine: async ({ name }) => {
      const stateMachineArn = arn('states', `stateMachine:${name}`);
      await states.send(new DescribeStateMachineCommand({ stateMachineArn }));
      return { id: stateMachineArn, tags: await stateTags(stateMachineArn) };
    },
    aws_sns_topic: async ({ name }) => {
      const TopicArn = arn('sns', `${name}`);
      await sns.send(new GetTopicAttributesCommand({ TopicArn }));
      const { Tags } = await sns.send(new ListTagsOfTopicCommand({ ResourceArn: TopicArn }));
      return { id: TopicArn, tags: tagsOf(Tags) };
    },
  };
  const clients = [
    autoScaling,
    cloudWatch,
    logs,
    ec2,
    ecr,
    ecs,
    events,
    iam,
    lambda,
    s3,
    scheduler,
    sns,
    states,
  ];
  return {
    types: Object.keys(lookUps),
    find: async (type, planned) => {
      try {
        return await lookUps[type]?.(planned);
      } catch (error) {
        if (error instanceof Error && ABSENT.has(error.name)) return undefined;
        throw error;
      }
    },
    close: () => {
      for (const client of clients) client.destroy();
    },
  };
}

/** Services spell a tag in two ways. */
function tagsOf(
  tags: { Key?: string; Value?: string; key?: string; value?: string }[] = [],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value, key, value }) => [Key ?? key, Value ?? value]));
}
