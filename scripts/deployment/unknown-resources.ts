/**
 * Finds what a plan would create but AWS has already. Another state, or a person, made it: creating a cluster, an activity, a rule, an
 * alarm or a dashboard of a name that exists takes it over, and creating a role or a log group fails in the middle of the work.
 */
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeCapacityProvidersCommand, DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetInstanceProfileCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { DescribeActivityCommand, DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Config } from '../../stacks/config';
import { UsageError } from '../cli/usage-error';
import { awsConfig } from './aws';
import type { CallerIdentity } from './caller-identity';
import type { Change } from './plan';
import { type State, stateLocation } from './state';

/** The attributes that a plan knows, as texts. */
type Planned = Record<string, string>;
/** Whether AWS has it. An error whose name is in `ABSENT` says no as well. */
type LookUp = (planned: Planned) => Promise<boolean>;

const ABSENT = new Set([
  'ActivityDoesNotExist',
  'DashboardNotFoundError',
  'InvalidGroup.NotFound',
  'InvalidLaunchTemplateName.NotFoundException',
  'NoSuchEntityException',
  'NotFound',
  'RepositoryNotFoundException',
  'ResourceNotFound',
  'ResourceNotFoundException',
  'StateMachineDoesNotExist',
]);

/** Throws a UsageError that names what was found, and how to go on. Changes nothing. */
export async function checkUnknownResources(
  changes: Change[],
  config: Config,
  caller: CallerIdentity,
  state: State | undefined,
): Promise<void> {
  const created = changes.filter(({ actions }) => actions.join() === 'create');
  const { lookUps, close } = createLookUps(config.region, caller);
  try {
    const looked = created.map(async ({ type, address, after }) => {
      const found = await lookUps[type]?.(after as Planned).catch(absentOrThrow);
      return found ? { address, name: nameOf(after) } : undefined;
    });
    const found = (await Promise.all(looked)).filter((each) => each !== undefined);
    if (found.length > 0) throw refusal(found, config, state);
  } finally {
    close();
  }
}

function refusal(
  found: { address: string; name: string }[],
  config: Config,
  state: State | undefined,
): UsageError {
  const names = found.map(({ address, name }) => `${address} (${name})`).join(', ');
  const { namePrefix, region } = config;
  const location = stateLocation(config);
  const [only] = found;
  if (found.length === 1 && only?.address === 'aws_s3_bucket.data') {
    return new UsageError(
      `The bucket ${only.name} exists already, but the Terraform state ${location} does not know it: use it with --bucket ${only.name}, or choose another --name-prefix.`,
    );
  }
  const what = state ? 'has parts' : 'is deployed';
  return new UsageError(
    `${namePrefix} ${what} in ${region} that the Terraform state ${location} does not know, so nothing was changed. Found: ${names}.`,
    `Use the state that made it: copy its file here as ${location}, or name its bucket (--state-bucket). For a second deployment choose another --name-prefix. If the state is lost, see "A lost state" in docs/operations.md.`,
  );
}

function nameOf(after: Change['after']): string {
  const { name, function_name, alarm_name, dashboard_name, bucket } = after;
  return String(name ?? function_name ?? alarm_name ?? dashboard_name ?? bucket);
}

function absentOrThrow(error: unknown): false {
  if (error instanceof Error && ABSENT.has(error.name)) return false;
  throw error;
}

/** By the type in Terraform. A type that is missing here belongs to another resource, which is here. */
function createLookUps(
  region: string,
  { accountId, partition }: CallerIdentity,
): { lookUps: Record<string, LookUp>; close(): void } {
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
  const states = new SFNClient(config);
  const stateArn = (resource: string) => `arn:${partition}:states:${region}:${accountId}:${resource}`;
  const answers = async (request: Promise<unknown>) => Boolean(await request);

  const lookUps: Record<string, LookUp> = {
    aws_autoscaling_group: async ({ name = '' }) => {
      const request = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
      return ((await autoScaling.send(request)).AutoScalingGroups ?? []).length > 0;
    },
    aws_cloudwatch_dashboard: ({ dashboard_name }) =>
      answers(cloudWatch.send(new GetDashboardCommand({ DashboardName: dashboard_name }))),
    aws_cloudwatch_event_rule: ({ name }) => answers(events.send(new DescribeRuleCommand({ Name: name }))),
    aws_cloudwatch_log_group: async ({ name }) => {
      const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
      return logGroups.some(({ logGroupName }) => logGroupName === name);
    },
    aws_cloudwatch_metric_alarm: async ({ alarm_name = '' }) => {
      const request = new DescribeAlarmsCommand({
        AlarmNames: [alarm_name],
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      });
      const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(request);
      return MetricAlarms.length + CompositeAlarms.length > 0;
    },
    aws_ecr_repository: ({ name = '' }) =>
      answers(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))),
    aws_ecs_capacity_provider: async ({ name = '' }) => {
      const request = new DescribeCapacityProvidersCommand({ capacityProviders: [name] });
      const { capacityProviders = [] } = await ecs.send(request);
      return capacityProviders.some(({ status }) => status === 'ACTIVE');
    },
    aws_ecs_cluster: async ({ name = '' }) => {
      // A deleted one is described for a while, as INACTIVE.
      const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [name] }));
      return clusters.some(({ status }) => status !== 'INACTIVE');
    },
    aws_iam_instance_profile: ({ name }) =>
      answers(iam.send(new GetInstanceProfileCommand({ InstanceProfileName: name }))),
    aws_iam_role: ({ name }) => answers(iam.send(new GetRoleCommand({ RoleName: name }))),
    aws_lambda_function: ({ function_name }) =>
      answers(lambda.send(new GetFunctionConfigurationCommand({ FunctionName: function_name }))),
    aws_launch_template: async ({ name = '' }) => {
      const request = new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [name] });
      return ((await ec2.send(request)).LaunchTemplates ?? []).length > 0;
    },
    aws_s3_bucket: async ({ bucket }) => {
      try {
        return Boolean(await s3.send(new HeadBucketCommand({ Bucket: bucket })));
      } catch (error) {
        // 301 or 403: somebody has the name.
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 301 || status === 403) return true;
        throw error;
      }
    },
    aws_security_group: async ({ name = '', vpc_id = '' }) => {
      const Filters = [
        { Name: 'group-name', Values: [name] },
        { Name: 'vpc-id', Values: [vpc_id] },
      ];
      const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
      return SecurityGroups.length > 0;
    },
    aws_sfn_activity: ({ name }) =>
      answers(states.send(new DescribeActivityCommand({ activityArn: stateArn(`activity:${name}`) }))),
    aws_sfn_state_machine: ({ name }) =>
      answers(
        states.send(new DescribeStateMachineCommand({ stateMachineArn: stateArn(`stateMachine:${name}`) })),
      ),
  };
  const clients = [autoScaling, cloudWatch, logs, ec2, ecr, ecs, events, iam, lambda, s3, states];
  const close = () => {
    for (const client of clients) client.destroy();
  };
  return { lookUps, close };
}
