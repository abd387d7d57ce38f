/** What Terraform's data sources would read from the account, for an account that is this machine. */
import { type Computed, stableId } from './attributes';

export const DATA_SOURCES: Record<string, Computed> = {
  aws_caller_identity: (_body, { account, partition }) => ({
    id: account,
    account_id: account,
    arn: `arn:${partition}:iam::${account}:user/local`,
  }),
  aws_ec2_instance_type_offerings: (_body, { region }) => ({
    id: region,
    locations: [`${region}a`, `${region}b`],
  }),
  aws_partition: (_body, { partition }) => ({ id: partition, partition, dns_suffix: 'amazonaws.com' }),
  aws_s3_bucket: ({ bucket }, { partition, region }) => ({
    id: bucket,
    arn: `arn:${partition}:s3:::${bucket}`,
    region,
  }),
  aws_ssm_parameter: ({ name }) => {
    const value = `ami-${stableId(String(name))}`;
    return { id: name, type: 'String', value, insecure_value: value };
  },
  aws_subnets: (_body, { region }) => ({
    id: region,
    ids: [`subnet-${stableId(`${region}a`)}`, `subnet-${stableId(`${region}b`)}`],
  }),
  aws_vpc: () => ({ id: `vpc-${stableId('default')}`, default: true }),
};
