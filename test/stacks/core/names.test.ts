/** The names in a stack: within AWS's limits, and different in another region if the name is global to the account. */
import { expect } from 'chai';
import { type Applied, apply, EVERYTHING } from '../synthesize';

/** The argument that names a resource, and the characters that AWS allows. */
const LIMITS: Record<string, [string, number]> = {
  aws_autoscaling_group: ['name', 255],
  aws_cloudwatch_dashboard: ['dashboard_name', 255],
  aws_cloudwatch_event_rule: ['name', 64],
  aws_cloudwatch_log_group: ['name', 512],
  aws_cloudwatch_metric_alarm: ['alarm_name', 255],
  aws_ecr_repository: ['name', 256],
  aws_ecs_capacity_provider: ['name', 255],
  aws_ecs_cluster: ['name', 255],
  aws_ecs_service: ['name', 255],
  aws_ecs_task_definition: ['family', 255],
  aws_iam_instance_profile: ['name', 128],
  aws_iam_role: ['name', 64],
  aws_iam_role_policy: ['name', 128],
  aws_lambda_function: ['function_name', 64],
  aws_launch_template: ['name', 128],
  aws_s3_bucket: ['bucket', 63],
  aws_scheduler_schedule: ['name', 64],
  aws_scheduler_schedule_group: ['name', 64],
  aws_security_group: ['name', 255],
  aws_sfn_activity: ['name', 80],
  aws_sfn_state_machine: ['name', 80],
  aws_sns_topic: ['name', 256],
};
const NAMES = [...new Set(Object.values(LIMITS).map(([name]) => name)), 'name_prefix'];

/** Types whose names are global to the account, or to all accounts. */
const GLOBAL = ['aws_cloudwatch_dashboard', 'aws_iam_instance_profile', 'aws_iam_role', 'aws_s3_bucket'];

function namesOf({ resource, resources }: Applied): [string, string][] {
  return Object.keys(resource).flatMap((type) => {
    const [argument] = LIMITS[type] ?? [];
    if (!argument) return [];
    const addresses = Object.keys(resource[type] ?? {}).map((name) => `${type}.${name}`);
    return addresses.map((address): [string, string] => [address, resources[address]?.[argument]]);
  });
}

describe('the names of the stack', () => {
  it('are within their limits with the longest prefix and region', () => {
    const prefix = 'a'.repeat(30);
    const region = 'ap-southeastern-10';
    const names = namesOf(apply({ ...EVERYTHING, BATCH_NAME_PREFIX: prefix, BATCH_REGION: region }));
    expect(names.length).to.be.greaterThan(30);
    for (const [address, name] of names) {
      const [, limit = 0] = LIMITS[address.split('.')[0] ?? ''] ?? [];
      expect(name.length, `${address}: ${name}`).to.be.within(1, limit);
    }
    expect(() => apply({ BATCH_NAME_PREFIX: `${prefix}a` })).to.throw('BATCH_NAME_PREFIX');
    expect(() => apply({ BATCH_REGION: 'ap-southeasterner-10' })).to.throw('BATCH_REGION');
  });

  it('are all checked here', () => {
    // Parts of a named resource: they have no name of their own, or repeat that of the resource.
    const parts = [
      'aws_ecs_cluster_capacity_providers',
      'aws_lambda_permission',
      'aws_s3_bucket_lifecycle_configuration',
      'aws_s3_bucket_ownership_controls',
      'aws_s3_bucket_policy',
      'aws_s3_bucket_public_access_block',
      'aws_s3_bucket_server_side_encryption_configuration',
    ];
    for (const [type, instances] of Object.entries(apply(EVERYTHING).resource)) {
      if (LIMITS[type] || parts.includes(type)) continue;
      for (const [name, body] of Object.entries(instances)) {
        expect(body, `${type}.${name}`).not.to.have.any.keys(NAMES);
      }
    }
  });

  it('have the region if they are global to the account', () => {
    const global = (region: string) =>
      namesOf(apply({ ...EVERYTHING, BATCH_REGION: region })).filter(([address]) =>
        GLOBAL.includes(address.split('.')[0] ?? ''),
      );
    const [here, there] = [global('us-east-1'), global('eu-west-1')];
    expect(new Set(here.map(([address]) => address.split('.')[0]))).to.deep.equal(new Set(GLOBAL));
    for (const [address, name] of here) expect(name, address).to.match(/-us-east-1$/);
    const taken = there.map(([, name]) => name);
    expect(here.filter(([, name]) => taken.includes(name))).to.deep.equal([]);
  });
});
