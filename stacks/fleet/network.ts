/** Where workers run: the default VPC's public subnets or those of a setting; and a security group that lets workers out and nobody in. */
import { DataAwsEc2InstanceTypeOfferings } from '@cdktf/provider-aws/lib/data-aws-ec2-instance-type-offerings';
import { DataAwsSubnets } from '@cdktf/provider-aws/lib/data-aws-subnets';
import { DataAwsVpc } from '@cdktf/provider-aws/lib/data-aws-vpc';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { Construct } from 'constructs';
import type { Names } from '../core/names';
import type { Config } from '../settings/complete-config';

export interface NetworkProps {
  names: Names;
  config: Config;
}

export class Network extends Construct {
  readonly subnetIds: string[];
  readonly securityGroupIds: string[];

  constructor(scope: Construct, id: string, { names, config }: NetworkProps) {
    super(scope, id);
    const { vpcId, subnetIds } =
      config.vpcId && config.subnetIds
        ? { vpcId: config.vpcId, subnetIds: config.subnetIds }
        : this.findDefault(config.instanceTypes);
    this.subnetIds = subnetIds;
    this.securityGroupIds = config.securityGroupIds ?? [this.createSecurityGroup(names, vpcId)];
  }

  /** The default VPC, and its subnets in zones that have one of the instance types. */
  private findDefault(instanceTypes: string[]): { vpcId: string; subnetIds: string[] } {
    const vpc = new DataAwsVpc(this, 'vpc', { default: true });
    vpc.overrideLogicalId('default');
    const offerings = new DataAwsEc2InstanceTypeOfferings(this, 'offerings', {
      locationType: 'availability-zone',
      filter: [{ name: 'instance-type', values: instanceTypes }],
    });
    offerings.overrideLogicalId('workers');
    const subnets = new DataAwsSubnets(this, 'subnets', {
      filter: [
        { name: 'vpc-id', values: [vpc.id] },
        // The default subnets are public, so that a worker reaches AWS without a NAT gateway to pay for.
        { name: 'default-for-az', values: ['true'] },
        { name: 'availability-zone', values: offerings.locations },
      ],
    });
    subnets.overrideLogicalId('default');
    return { vpcId: vpc.id, subnetIds: subnets.ids };
  }

  private createSecurityGroup(names: Names, vpcId: string): string {
    const group = new SecurityGroup(this, 'security-group', {
      name: `${names.prefix}-workers`,
      description: 'Workers: HTTPS out, nothing in',
      vpcId,
    });
    group.overrideLogicalId('workers');
    // All that a worker talks to is AWS, over HTTPS; its DNS and time come from link-local addresses, which no
    // security group filters. A processor that needs another port adds a rule here.
    const https = new VpcSecurityGroupEgressRule(this, 'https', {
      securityGroupId: group.id,
      description: 'AWS APIs',
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      cidrIpv4: '0.0.0.0/0',
    });
    https.overrideLogicalId('workers_https');
    return group.id;
  }
}
