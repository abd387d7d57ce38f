import { expect } from 'chai';
import { type Arguments, type Synthesized, synthesize, workerContainer } from './synthesize';

interface Statement {
  Sid: string;
  Effect: string;
  Action: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

/** Statements on every resource, and why nothing narrower is possible. */
const ON_EVERY_RESOURCE: Record<string, string> = {
  'provisioner ReadGroup': 'autoscaling:Describe… takes no resource',
  'provisioner ListTasks':
    'ecs:ListTasks takes a container instance, which it is not called with; held to the cluster',
  'provisioner Trace': 'xray: takes no resource',
  'workflow Trace': 'xray: takes no resource',
  'workflow DeliverLogs': 'log delivery, resource policies and DescribeLogGroups take no resource',
  'worker ReportTasks': 'states:SendTask… takes no resource: the token is the permission',
  'task_execution LogInToRegistry': 'ecr:GetAuthorizationToken takes no resource',
  'instance FindEndpoint': 'ecs:DiscoverPollEndpoint takes no resource',
};

describe('security of the stack', () => {
  let stack: Synthesized;
  let traced: Synthesized;

  before(() => {
    stack = synthesize();
    traced = synthesize({ BATCH_TRACING: 'true' });
  });
  after(() => {
    stack.remove();
    traced.remove();
  });

  const only = (type: string): Arguments => {
    const all = Object.values(stack.resource[type] ?? {});
    expect(all, type).to.have.length(1);
    return all[0] as Arguments;
  };
  const statementsOf = (from: Synthesized): [string, Statement][] =>
    Object.entries(from.resource.aws_iam_role_policy ?? {}).flatMap(([role, { policy }]) =>
      JSON.parse(policy).Statement.map((statement: Statement) => [role, statement]),
    );
  const statement = (role: string, sid: string): Statement | undefined =>
    statementsOf(stack).find(([name, { Sid }]) => name === role && Sid === sid)?.[1];

  it('gives each role one policy, inline, and none of AWS', () => {
    const roles = ['instance', 'provisioner', 'task_execution', 'worker', 'workflow'];
    expect(stack.resource.aws_iam_role).to.have.all.keys(roles);
    expect(stack.resource.aws_iam_role_policy).to.have.all.keys(roles);
    expect(stack.resource).not.to.have.any.keys(
      'aws_iam_role_policy_attachment',
      'aws_iam_policy_attachment',
    );
  });

  it('allows no action by wildcard', () => {
    for (const [role, { Sid, Effect, Action }] of statementsOf(traced)) {
      expect(Effect).to.equal('Allow');
      for (const action of Action) expect(action, `${role} ${Sid}`).to.match(/^[a-z0-9]+:[A-Za-z]+$/);
    }
  });

  it('allows every resource only where AWS takes none', () => {
    const found = statementsOf(traced).filter(([, { Resource }]) => [Resource].flat().includes('*'));
    expect(found.map(([role, { Sid }]) => `${role} ${Sid}`)).to.have.members(Object.keys(ON_EVERY_RESOURCE));
    expect(statement('provisioner', 'ListTasks')?.Condition?.ArnEquals).to.have.property('ecs:cluster');
  });

  it('names what is of this stack in all other resources', () => {
    for (const [role, { Sid, Resource }] of statementsOf(traced)) {
      for (const resource of [Resource].flat().filter((item) => item !== '*')) {
        const own = resource.replace('${data.aws_partition.current.partition}', '');
        expect(own, `${role} ${Sid}`).to.match(/batch-processor|\$\{aws_[a-z0-9_]+\.[a-z_]+\.(arn|id)\}/);
      }
    }
  });

  it('holds the worker to its activity, its bucket and its output prefix', () => {
    expect(statement('worker', 'TakeTasks')?.Resource).to.equal('${aws_sfn_activity.tasks.id}');
    expect(statement('worker', 'ReadObjects')).to.deep.include({
      Action: ['s3:GetObject'],
      Resource: '${aws_s3_bucket.data.arn}/*',
    });
    const writes = statementsOf(stack).filter(
      ([role, { Action }]) =>
        role === 'worker' && Action.some((action) => /s3:(Put|Delete|Abort)/.test(action)),
    );
    expect(writes.map(([, { Resource }]) => Resource)).to.deep.equal([
      '${aws_s3_bucket.data.arn}/processed/*',
    ]);
  });

  it('lets services act as its roles for this account only, where they say for whom they act', () => {
    for (const role of ['workflow', 'worker', 'task_execution']) {
      const trust = JSON.parse(stack.resource.aws_iam_role?.[role]?.assume_role_policy).Statement[0];
      expect(trust.Condition.StringEquals['aws:SourceAccount'], role).to.equal(
        '${data.aws_caller_identity.current.account_id}',
      );
    }
  });

  it('keeps the bucket private, encrypted, on TLS, and free of incomplete uploads', () => {
    expect(only('aws_s3_bucket')).to.include({ force_destroy: false });
    expect(only('aws_s3_bucket_public_access_block')).to.include({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(only('aws_s3_bucket_ownership_controls').rule.object_ownership).to.equal('BucketOwnerEnforced');
    const [encryption] = only('aws_s3_bucket_server_side_encryption_configuration').rule;
    expect(encryption.apply_server_side_encryption_by_default.sse_algorithm).to.equal('AES256');
    const [deny] = JSON.parse(only('aws_s3_bucket_policy').policy).Statement;
    expect(deny).to.deep.include({
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['${aws_s3_bucket.data.arn}', '${aws_s3_bucket.data.arn}/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    const [rule] = only('aws_s3_bucket_lifecycle_configuration').rule;
    expect(rule).to.deep.include({
      status: 'Enabled',
      abort_incomplete_multipart_upload: [{ days_after_initiation: 1 }],
    });
  });

  it('launches instances with IMDSv2 out of reach of containers, an encrypted gp3 disk, and no key', () => {
    const template = only('aws_launch_template');
    expect(template.metadata_options).to.include({ http_tokens: 'required', http_put_response_hop_limit: 1 });
    expect(template.block_device_mappings[0].ebs).to.include({ encrypted: 'true', volume_type: 'gp3' });
    expect(template).not.to.have.property('key_name');
    // On a bridge, a container is one hop further away from the metadata than its instance.
    expect(only('aws_ecs_task_definition').network_mode).to.equal('bridge');
  });

  it('opens no port', () => {
    expect(stack.resource).not.to.have.any.keys(
      'aws_vpc_security_group_ingress_rule',
      'aws_security_group_rule',
    );
    expect(only('aws_security_group')).not.to.have.any.keys('ingress', 'egress');
    expect(only('aws_vpc_security_group_egress_rule')).to.include({
      ip_protocol: 'tcp',
      from_port: 443,
      to_port: 443,
    });
  });

  it('makes image tags immutable, scans on push, expires old images', () => {
    const repository = only('aws_ecr_repository');
    expect(repository.image_tag_mutability).to.equal('IMMUTABLE');
    expect(repository.image_scanning_configuration.scan_on_push).to.equal(true);
    const [rule] = JSON.parse(only('aws_ecr_lifecycle_policy').policy).rules;
    expect(rule.action.type).to.equal('expire');
  });

  it('runs the container without root, write access, new privileges or capabilities, below an init process', () => {
    const container = workerContainer(stack);
    expect(container).to.deep.include({
      user: '1000:1000',
      readonlyRootFilesystem: true,
      dockerSecurityOptions: ['no-new-privileges'],
      linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
    });
    expect(container).not.to.have.property('privileged');
    const userData = Buffer.from(only('aws_launch_template').user_data, 'base64').toString();
    expect(userData).to.include('ECS_SELINUX_CAPABLE=true');
  });

  it('keeps no log for ever', () => {
    const groups = Object.entries(stack.resource.aws_cloudwatch_log_group ?? {});
    expect(groups.map(([name]) => name)).to.have.members(['provisioner', 'worker', 'workflow']);
    for (const [name, { retention_in_days }] of groups) expect(retention_in_days, name).to.be.greaterThan(0);
  });

  it('holds no secret', () => {
    const { variables } = only('aws_lambda_function').environment;
    const names = [
      ...Object.keys(variables),
      ...workerContainer(stack).environment.map(({ name }: Arguments) => name),
    ];
    for (const name of names) expect(name).not.to.match(/SECRET|PASSWORD|TOKEN|CREDENTIAL|ACCESS_KEY/);
    expect(stack.text).not.to.match(/AKIA[0-9A-Z]{16}|-----BEGIN/);
  });
});
