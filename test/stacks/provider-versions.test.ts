/** The stack uses no feature that only one major of the AWS provider has: docs/decisions/0002-provider-versions.md. */
import { expect } from 'chai';
import { type Arguments, apply, EVERYTHING, type Synthesized } from './synthesize';

/**
 * The parts that 6.0 removed, renamed, or gave another meaning, of resources and data sources that the stack uses or may use later:
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade
 */
const CHANGED: [RegExp, string[]][] = [
  // These are new in 6.0, or have another meaning there. The data source of a bucket had `region` before.
  [/./, ['region', 'bucket_region']],
  [/^(data\.)?aws_launch_template\./, ['elastic_gpu_specifications', 'elastic_inference_accelerator']],
  [/^(data\.)?aws_ecs_task_definition\./, ['inference_accelerator']],
  [/^data\.aws_ecs_task_execution\./, ['inference_accelerator_overrides']],
  [/^data\.aws_region\./, ['name']],
  [
    /^(data\.)?aws_batch_compute_environment\./,
    ['compute_environment_name', 'compute_environment_name_prefix'],
  ],
  [/^aws_batch_job_queue\./, ['compute_environments']],
  [/^aws_eip\./, ['vpc']],
  [/^aws_flow_log\./, ['log_group_name']],
  [/^aws_instance\./, ['user_data', 'cpu_core_count', 'cpu_threads_per_core']],
  [/^aws_spot_instance_request\./, ['block_duration_minutes']],
  [/^aws_ssm_association\./, ['instance_id']],
];
const REMOVED = /^aws_(opsworks_|simpledb_|worklink_|redshift_service_account)/;
/** Arguments that accept 0 and 1 only before 6.0. */
const BOOLEANS = [
  'associate_carrier_ip_address',
  'associate_public_ip_address',
  'delete_on_termination',
  'ebs_optimized',
  'encrypted',
  'primary_ipv6',
];

function usesOfOneMajor({ resource, data, text }: Pick<Synthesized, 'resource' | 'data' | 'text'>): string[] {
  const found: string[] = [];
  const bodies: [string, Arguments][] = [
    ...Object.entries(resource).flatMap(([type, all]) => withAddress(`${type}.`, all)),
    ...Object.entries(data).flatMap(([type, all]) => withAddress(`data.${type}.`, all)),
  ];
  for (const [address, body] of bodies) {
    if (REMOVED.test(address.replace(/^data\./, ''))) found.push(address);
    for (const argument of Object.keys(body))
      if (isChanged(address, argument)) found.push(`${address} ${argument}`);
    for (const [argument, value] of allArguments(body)) {
      if (BOOLEANS.includes(argument) && !['', 'true', 'false', true, false].includes(value as string)) {
        found.push(`${address} ${argument}=${value}`);
      }
    }
  }
  for (const [, address = '', attribute = ''] of text.matchAll(/\$\{((?:data\.)?aws_\w+\.\w+)\.(\w+)/g)) {
    if (isChanged(`${address}.`, attribute)) found.push(`${address}.${attribute}`);
  }
  return found;
}

const withAddress = (prefix: string, all: Record<string, Arguments>): [string, Arguments][] =>
  Object.entries(all).map(([name, body]) => [`${prefix}${name}`, body]);
const isChanged = (address: string, name: string) =>
  CHANGED.some(([pattern, names]) => pattern.test(address) && names.includes(name));

function allArguments(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap(allArguments);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => [
    [name, each] as [string, unknown],
    ...allArguments(each),
  ]);
}

describe('the majors of the AWS provider', () => {
  const stacks: Record<string, Record<string, string>> = {
    'as it is by default': {},
    'with its other choices': {
      BATCH_SPOT: 'true',
      BATCH_BUCKET: 'my-data',
      ...EVERYTHING,
      BATCH_TRACING: 'true',
      BATCH_ASSIGN_PUBLIC_IP: 'false',
      BATCH_VPC_ID: 'vpc-0a1b2c3d',
      BATCH_SUBNET_IDS: 'subnet-0a1b2c3d',
    },
  };
  for (const [what, environment] of Object.entries(stacks)) {
    it(`both have all that the stack uses ${what}`, () => {
      const { text } = apply(environment);
      expect(usesOfOneMajor({ ...JSON.parse(text), text })).to.deep.equal([]);
    });
  }

  it('are distinguished by arguments, attributes and types', () => {
    const template = { block_device_mappings: [{ ebs: { encrypted: '1', delete_on_termination: 'true' } }] };
    const stack = {
      resource: {
        aws_sns_topic: { alarms: { region: 'eu-west-1' } },
        aws_launch_template: { workers: template },
        aws_simpledb_domain: { any: {} },
      },
      data: { aws_s3_bucket: { data: { bucket: 'my-data' } } },
      text: '"${data.aws_s3_bucket.data.bucket_region} ${aws_s3_bucket.data.region} ${aws_s3_bucket.data.arn}"',
    };
    expect(usesOfOneMajor(stack)).to.deep.equal([
      'aws_sns_topic.alarms region',
      'aws_launch_template.workers encrypted=1',
      'aws_simpledb_domain.any',
      'data.aws_s3_bucket.data.bucket_region',
      'aws_s3_bucket.data.region',
    ]);
  });
});
