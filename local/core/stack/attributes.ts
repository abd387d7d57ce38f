/** The attributes that AWS gives to resources, and the types that are here but do nothing. */
import { createHash } from 'node:crypto';
import type { Value } from './expressions';

/** The account, region and partition of the stack. */
export interface AccountAndRegion {
  account: string;
  region: string;
  partition: string;
}

type Body = Record<string, Value>;
export type Computed = (body: Body, accountAndRegion: AccountAndRegion, address: string) => Body;

/** The same hexadecimal digits whenever the same stack boots. */
export function stableId(seed: string, length = 17): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, length);
}

const arn = ({ account, region, partition }: AccountAndRegion, service: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`;

/** A resource whose Terraform id is its ARN. */
const withArnId =
  (service: string, resource: (body: Body) => string): Computed =>
  (body, accountAndRegion) => {
    const value = arn(accountAndRegion, service, resource(body));
    return { id: value, arn: value };
  };

const iam =
  (kind: string): Computed =>
  ({ name, path }, { account, partition }) => ({
    arn: `arn:${partition}:iam::${account}:${kind}${path ?? '/'}${name}`,
    id: name,
  });

/** Types that have more than an id and an ARN of a fixed form: what AWS computes for them. */
const ACTIVE: Record<string, Computed> = {
  aws_autoscaling_group: ({ name }, accountAndRegion, address) => ({
    id: name,
    arn: arn(
      accountAndRegion,
      'autoscaling',
      `autoScalingGroup:${stableId(address, 32)}:autoScalingGroupName/${name}`,
    ),
  }),
  aws_cloudwatch_event_rule: ({ name }, accountAndRegion) => ({
    id: name,
    arn: arn(accountAndRegion, 'events', `rule/${name}`),
  }),
  aws_cloudwatch_event_target: (_body, _scope, address) => ({ id: address }),
  aws_cloudwatch_log_group: ({ name }, accountAndRegion) => ({
    id: name,
    arn: arn(accountAndRegion, 'logs', `log-group:${name}`),
  }),
  aws_ecr_repository: ({ name }, accountAndRegion) => ({
    id: name,
    arn: arn(accountAndRegion, 'ecr', `repository/${name}`),
    registry_id: accountAndRegion.account,
    repository_url: `${accountAndRegion.account}.dkr.ecr.${accountAndRegion.region}.amazonaws.com/${name}`,
  }),
  aws_ecs_capacity_provider: withArnId('ecs', ({ name }) => `capacity-provider/${name}`),
  aws_ecs_cluster: withArnId('ecs', ({ name }) => `cluster/${name}`),
  aws_ecs_service: withArnId(
    'ecs',
    ({ name, cluster }) => `service/${String(cluster).split('/').at(-1)}/${name}`,
  ),
  aws_ecs_task_definition: ({ family }, accountAndRegion) => {
    return { id: family, revision: 1, arn: arn(accountAndRegion, 'ecs', `task-definition/${family}:1`) };
  },
  aws_iam_instance_profile: iam('instance-profile'),
  aws_iam_role: iam('role'),
  aws_iam_role_policy: ({ role, name }) => ({ id: `${role}:${name}` }),
  aws_lambda_function: ({ function_name }, accountAndRegion) => {
    const value = arn(accountAndRegion, 'lambda', `function:${function_name}`);
    return { id: function_name, arn: value };
  },
  aws_lambda_permission: (_body, _scope, address) => ({ id: address }),
  aws_launch_template: (_body, accountAndRegion, address) => {
    const id = `lt-${stableId(address)}`;
    return { id, arn: arn(accountAndRegion, 'ec2', `launch-template/${id}`) };
  },
  aws_s3_bucket: ({ bucket }, { partition }) => ({ id: bucket, arn: `arn:${partition}:s3:::${bucket}` }),
  aws_s3_bucket_policy: ({ bucket }) => ({ id: bucket }),
  aws_scheduler_schedule: ({ name, group_name }, accountAndRegion) => ({
    id: `${group_name}/${name}`,
    arn: arn(accountAndRegion, 'scheduler', `schedule/${group_name}/${name}`),
  }),
  aws_scheduler_schedule_group: ({ name }, accountAndRegion) => ({
    id: name,
    arn: arn(accountAndRegion, 'scheduler', `schedule-group/${name}`),
  }),
  aws_sfn_activity: withArnId('states', ({ name }) => `activity:${name}`),
  aws_sfn_state_machine: withArnId('states', ({ name }) => `stateMachine:${name}`),
  aws_sns_topic: withArnId('sns', ({ name }) => `${name}`),
  aws_sns_topic_policy: ({ arn }) => ({ id: arn }),
  aws_sns_topic_subscription: ({ topic_arn }, _scope, address) => {
    const value = `${topic_arn}:${stableId(address)}`;
    return { id: value, arn: value };
  },
};

/** Types that make no difference on one machine: they have an id and an ARN, and that is all. */
const INERT = [
  'aws_cloudwatch_dashboard',
  'aws_cloudwatch_metric_alarm',
  'aws_ecr_lifecycle_policy',
  'aws_ecs_cluster_capacity_providers',
  'aws_s3_bucket_lifecycle_configuration',
  'aws_s3_bucket_ownership_controls',
  'aws_s3_bucket_public_access_block',
  'aws_s3_bucket_server_side_encryption_configuration',
  'aws_security_group',
  'aws_vpc_security_group_egress_rule',
];

const inert: Computed = ({ name, bucket }, accountAndRegion, address) => {
  const [type = ''] = address.split('.');
  const id =
    type === 'aws_security_group' ? `sg-${stableId(address)}` : (name ?? bucket ?? stableId(address));
  return { id, arn: arn(accountAndRegion, type, `${id}`) };
};

/** Undefined for a type that the local cloud does not know. */
export function computedAttributes(type: string): Computed | undefined {
  return ACTIVE[type] ?? (INERT.includes(type) ? inert : undefined);
}
