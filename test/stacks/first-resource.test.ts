import { expect } from 'chai';
import { openLookUps } from '../../scripts/deployment/checks/look-ups';
import { FIRST_RESOURCE } from '../../stacks/first-resource';
import { type Applied, apply, EVERYTHING } from './synthesize';

/** Types that belong to another resource, through which they are found. A new type is added here, or gets a look-up. */
const PARTS = [
  'aws_cloudwatch_event_target',
  'aws_ecr_lifecycle_policy',
  'aws_ecs_cluster_capacity_providers',
  'aws_ecs_service',
  'aws_ecs_task_definition',
  'aws_iam_role_policy',
  'aws_lambda_permission',
  'aws_s3_bucket_lifecycle_configuration',
  'aws_s3_bucket_ownership_controls',
  'aws_s3_bucket_policy',
  'aws_s3_bucket_public_access_block',
  'aws_s3_bucket_server_side_encryption_configuration',
  'aws_scheduler_schedule',
  'aws_sns_topic_policy',
  'aws_sns_topic_subscription',
  'aws_vpc_security_group_egress_rule',
];

describe('the resource that a deployment creates first', () => {
  let stack: Applied;
  before(() => {
    stack = apply(EVERYTHING);
  });

  it('is the one that everything else waits for, so that two states never share a resource', () => {
    for (const each of [stack, apply()]) expect(notWaitingIn(each)).to.deep.equal([]);
  });

  /** Addresses. */
  function notWaitingIn({ resource }: Applied): string[] {
    const waitsFor = new Map<string, string[]>();
    for (const [type, instances] of Object.entries(resource)) {
      for (const [name, body] of Object.entries(instances)) {
        const text = JSON.stringify({ ...body, depends_on: undefined, '//': undefined });
        const references = [...text.matchAll(/\$\{(aws_\w+\.\w+)\./g)].map(([, address = '']) => address);
        const depends: string[] = (body.depends_on ?? []).map((each: string) => each.replace(/[${}]/g, ''));
        waitsFor.set(`${type}.${name}`, [...references, ...depends]);
      }
    }
    const reaches = (address: string, seen = new Set<string>()): boolean =>
      address === FIRST_RESOURCE ||
      (waitsFor.get(address) ?? []).some((each) => !seen.has(each) && reaches(each, seen.add(each)));
    expect(waitsFor.get(FIRST_RESOURCE)).to.deep.equal([]);
    return [...waitsFor.keys()].filter((address) => !reaches(address));
  }

  it('comes after a look-up of everything in the stack that has a name of its own', () => {
    const lookUps = openLookUps('us-east-1', { accountId: '123456789012', arn: '', partition: 'aws' });
    lookUps.close();
    const types = Object.keys(stack.resource);
    expect(types.filter((type) => !lookUps.types.includes(type) && !PARTS.includes(type))).to.deep.equal([]);
    expect(PARTS.filter((type) => !types.includes(type))).to.deep.equal([]);
  });
});
