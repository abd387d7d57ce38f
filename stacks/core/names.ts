/** Names and ARNs of everything in a stack, in one place, so that policies can name what would be a cycle to refer to. */
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { Construct } from 'constructs';

export interface NamesProps {
  /** Starts every name. */
  namePrefix: string;
  region: string;
}

export class Names extends Construct {
  readonly prefix: string;
  readonly region: string;
  /** Terraform expressions: known when the stack is applied. */
  readonly partition: string;
  readonly account: string;
  readonly cluster: string;
  readonly service = 'workers';
  readonly autoScalingGroup: string;
  readonly stateMachine: string;
  readonly activity: string;
  readonly provisioner: string;
  readonly selector: string;
  readonly notifier: string;
  readonly scheduleGroup: string;
  /** Family of the worker's task definition, a dimension of its metrics. */
  readonly worker: string;
  /** Dashboards are global to the account, as roles are. */
  readonly dashboard: string;

  constructor(scope: Construct, id: string, { namePrefix, region }: NamesProps) {
    super(scope, id);
    this.prefix = namePrefix;
    this.region = region;
    const partition = new DataAwsPartition(this, 'partition');
    partition.overrideLogicalId('current');
    this.partition = partition.partition;
    const identity = new DataAwsCallerIdentity(this, 'caller-identity');
    identity.overrideLogicalId('current');
    this.account = identity.accountId;
    this.cluster = this.prefix;
    this.autoScalingGroup = `${this.prefix}-workers`;
    this.stateMachine = this.prefix;
    this.activity = `${this.prefix}-tasks`;
    this.provisioner = `${this.prefix}-provisioner`;
    this.selector = `${this.prefix}-selector`;
    this.notifier = `${this.prefix}-notifier`;
    this.scheduleGroup = this.prefix;
    this.worker = `${this.prefix}-worker`;
    this.dashboard = `${this.prefix}-${this.region}`;
  }

  /** ARN of something in this account and region. */
  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.account}:${resource}`;
  }

  get stateMachineArn(): string {
    return this.arn('states', `stateMachine:${this.stateMachine}`);
  }

  get clusterArn(): string {
    return this.arn('ecs', `cluster/${this.cluster}`);
  }

  role(purpose: string): string {
    return roleName(this.prefix, purpose, this.region);
  }

  logGroup(purpose: string): string {
    return `/${this.prefix}/${purpose}`;
  }
}

/** Roles are global to the account: the region keeps deployments in two regions apart. */
export function roleName(prefix: string, purpose: string, region: string): string {
  return `${prefix}-${purpose}-${region}`;
}
