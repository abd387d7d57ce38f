import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import checksum from '../../processors/checksum';
import { OUTPUTS } from '../../stacks/outputs';
import { runMain } from './main';
import { apply, attributesOf, resourceOf, type Synthesized, synthesize, workerContainer } from './synthesize';

/** Another name would make Terraform replace what is deployed, and lose what people have written down. */
const NAMES: Record<string, string> = {
  'aws_autoscaling_group.workers': 'batch-processor-workers',
  'aws_cloudwatch_event_rule.execution_ended': 'batch-processor-execution-ended',
  'aws_cloudwatch_event_rule.execution_redriven': 'batch-processor-execution-redriven',
  'aws_cloudwatch_event_rule.reconcile': 'batch-processor-reconcile',
  'aws_cloudwatch_log_group.provisioner': '/batch-processor/provisioner',
  'aws_cloudwatch_log_group.selector': '/batch-processor/selector',
  'aws_cloudwatch_log_group.worker': '/batch-processor/worker',
  'aws_cloudwatch_log_group.workflow': '/aws/vendedlogs/states/batch-processor',
  'aws_cloudwatch_metric_alarm.executions_failed': 'batch-processor-executions-failed',
  'aws_cloudwatch_metric_alarm.executions_timed_out': 'batch-processor-executions-timed-out',
  'aws_cloudwatch_metric_alarm.idle_instances': 'batch-processor-idle-instances',
  'aws_cloudwatch_metric_alarm.idle_workers': 'batch-processor-idle-workers',
  'aws_cloudwatch_metric_alarm.provisioner_errors': 'batch-processor-provisioner-errors',
  'aws_cloudwatch_metric_alarm.stuck_instances': 'batch-processor-stuck-instances',
  'aws_ecr_repository.worker': 'batch-processor-worker',
  'aws_ecs_capacity_provider.workers': 'batch-processor-workers',
  'aws_ecs_cluster.workers': 'batch-processor',
  'aws_ecs_service.workers': 'workers',
  'aws_ecs_task_definition.worker': 'batch-processor-worker',
  // Roles are global to the account: the region keeps deployments in two regions apart.
  'aws_iam_instance_profile.instance': 'batch-processor-instance-us-east-1',
  'aws_iam_role.instance': 'batch-processor-instance-us-east-1',
  'aws_iam_role.provisioner': 'batch-processor-provisioner-us-east-1',
  'aws_iam_role.selector': 'batch-processor-selector-us-east-1',
  'aws_iam_role.task_execution': 'batch-processor-task-execution-us-east-1',
  'aws_iam_role.worker': 'batch-processor-worker-us-east-1',
  'aws_iam_role.workflow': 'batch-processor-workflow-us-east-1',
  'aws_iam_role_policy.instance': 'instance',
  'aws_iam_role_policy.provisioner': 'provisioner',
  'aws_iam_role_policy.selector': 'selector',
  'aws_iam_role_policy.task_execution': 'task_execution',
  'aws_iam_role_policy.worker': 'worker',
  'aws_iam_role_policy.workflow': 'workflow',
  'aws_lambda_function.provisioner': 'batch-processor-provisioner',
  'aws_lambda_function.selector': 'batch-processor-selector',
  'aws_launch_template.workers': 'batch-processor-workers',
  'aws_security_group.workers': 'batch-processor-workers',
  'aws_sfn_activity.tasks': 'batch-processor-tasks',
  'aws_sfn_state_machine.workflow': 'batch-processor',
};

describe('the stack', () => {
  let stack: Synthesized;
  before(() => {
    stack = synthesize();
  });
  after(() => stack.remove());

  it('has the same bytes every time, for every user, and main.ts writes the same bytes', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'batch-main-'));
    try {
      const { status, stderr } = runMain({ CDKTF_OUTDIR: outdir });
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
      const written = readFileSync(join(outdir, 'stacks', 'batch-processor', 'cdk.tf.json'), 'utf8');
      expect(written).to.equal(stack.text);
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  });

  it('gives everything a readable address', () => {
    for (const kind of [stack.resource, stack.data]) {
      for (const [type, instances] of Object.entries(kind)) {
        for (const name of Object.keys(instances)) expect(name, type).to.match(/^[a-z_]+$/);
      }
    }
    expect(stack.text).not.to.match(/TfToken/);
  });

  it('takes either major version of the AWS provider', () => {
    expect(stack.terraform.required_providers.aws.version).to.equal('>= 5.100.0, < 7.0.0');
  });

  it('puts the bundles beside it, at the paths of the outputs and the function', () => {
    const bundle = join(stack.stackFolder, String(stack.output.worker_bundle?.value));
    const [node, script] = workerContainer(stack).command;
    expect(node).to.equal('node');
    expect(existsSync(join(bundle, script))).to.equal(true);
    const { filename } = resourceOf(stack, 'aws_lambda_function.provisioner');
    expect(existsSync(join(stack.stackFolder, filename))).to.equal(true);
    expect(workerContainer(stack).image).to.equal(stack.output.worker_image_uri?.value);
  });

  it('keeps the names of its resources', () => {
    const applied = apply();
    const names = Object.entries(applied.resources).flatMap(([address, attributes]) => {
      const { name, function_name, alarm_name, family } = attributes;
      const found = address.startsWith('aws_lambda_permission')
        ? undefined
        : (name ?? function_name ?? alarm_name ?? family);
      return found === undefined ? [] : [[address, found]];
    });
    expect(Object.fromEntries(names)).to.include(NAMES);
  });

  it('has outputs that name each of its parts, and the next step', () => {
    const applied = apply({ BATCH_SLOTS_PER_WORKER: '3' });
    const of = (address: string) => attributesOf(applied, address);
    const machine = of('aws_sfn_state_machine.workflow').arn;
    const { worker_bundle, worker_image_uri, processors, ...outputs } = applied.outputs;
    expect(JSON.parse(String(processors)).checksum).to.include({
      description: checksum.definition.description,
    });
    expect(outputs).to.deep.equal({
      region: 'us-east-1',
      bucket_name: of('aws_s3_bucket.data').bucket,
      source_buckets: JSON.stringify([of('aws_s3_bucket.data').bucket]),
      bucket_accesses: '{}',
      output_bucket_name: of('aws_s3_bucket.data').bucket,
      output_prefix: 'processed/',
      results_prefix: 'results/',
      manifests_prefix: 'manifests/',
      state_machine_arn: machine,
      activity_arn: of('aws_sfn_activity.tasks').id,
      processor: 'checksum',
      processor_environment_hash: '',
      provisioner_function_name: of('aws_lambda_function.provisioner').function_name,
      repository_url: of('aws_ecr_repository.worker').repository_url,
      architecture: 'x86_64',
      cluster_name: of('aws_ecs_cluster.workers').name,
      service_name: of('aws_ecs_service.workers').name,
      auto_scaling_group_name: of('aws_autoscaling_group.workers').name,
      worker_log_group: of('aws_cloudwatch_log_group.worker').name,
      provisioner_log_group: of('aws_cloudwatch_log_group.provisioner').name,
      fleet_facts: JSON.stringify({
        instanceType: 'm6i.large',
        spot: false,
        diskGiB: 30,
        publicIp: true,
        slotsPerWorker: 3,
        objectsInFlight: 24,
        maxWorkers: 100,
      }),
      max_workers: 100,
      slots_per_worker: 3,
      bucket_is_managed: true,
      console_url: `https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/statemachines/view/${machine}`,
      dashboard_url:
        'https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/batch-processor-us-east-1',
      next_step: 'npm run push   # builds and pushes the worker image',
    });
    expect(apply({ BATCH_ALARM_EMAIL: 'oncall@example.org' }).outputs.next_step).to.equal(
      'npm run push   # builds and pushes the worker image; then confirm the subscription that AWS mails to oncall@example.org',
    );
    const emails = { BATCH_ALARM_EMAIL: 'oncall@example.org', BATCH_NOTIFY_EMAIL: 'team@example.org' };
    expect(apply(emails).outputs.next_step).to.match(
      /AWS mails to oncall@example.org and to team@example.org$/,
    );
    const one = { BATCH_ALARM_EMAIL: 'team@example.org', BATCH_NOTIFY_EMAIL: 'team@example.org' };
    expect(apply(one).outputs.next_step).to.match(/AWS mails to team@example.org$/);
    for (const [name, description] of Object.entries(OUTPUTS)) {
      expect(stack.output[name]?.description, name).to.equal(description);
    }
  });

  it('is made in its region, with tags that name its owner', () => {
    const { provider } = JSON.parse(apply({ BATCH_REGION: 'eu-west-1', BATCH_TAGS: '{"team":"data"}' }).text);
    expect(provider.aws).to.deep.equal([
      { region: 'eu-west-1', default_tags: [{ tags: { Project: 'batch-processor', team: 'data' } }] },
    ]);
  });

  it('bounds every role by the permissions boundary of a setting', () => {
    const boundary = 'arn:aws:iam::123456789012:policy/boundary';
    const bounded = apply({ BATCH_PERMISSIONS_BOUNDARY_ARN: boundary });
    for (const [name, role] of Object.entries(bounded.resource.aws_iam_role ?? {})) {
      expect(role.permissions_boundary, name).to.equal(boundary);
    }
    expect(JSON.stringify(stack.resource.aws_iam_role)).not.to.include('permissions_boundary');
  });

  it('keeps its logs for the configured time, and no log for ever', () => {
    for (const [environment, days] of [
      [{}, 30],
      [{ BATCH_LOG_RETENTION_DAYS: '7' }, 7],
    ] as const) {
      const groups = Object.entries(apply(environment).resource.aws_cloudwatch_log_group ?? {});
      expect(groups.map(([name]) => name)).to.have.members(['provisioner', 'selector', 'worker', 'workflow']);
      for (const [name, { retention_in_days }] of groups) expect(retention_in_days, name).to.equal(days);
    }
  });

  it('keeps deployments with different prefixes apart', () => {
    expect(JSON.stringify(apply({ BATCH_NAME_PREFIX: 'nightly' }).resource)).not.to.include(
      'batch-processor',
    );
  });

  it('keeps its state in a bucket, locked there, if one is configured', () => {
    expect(stack.terraform.backend).to.have.all.keys('local');
    const remote = apply({ BATCH_STATE_BUCKET: 'my-states', BATCH_STATE_REGION: 'eu-west-1' });
    expect(remote.terraform.backend).to.deep.equal({
      s3: {
        bucket: 'my-states',
        key: 'batch-processor/terraform.tfstate',
        region: 'eu-west-1',
        encrypt: true,
        use_lockfile: true,
      },
    });
    // The version that supports this lock: https://developer.hashicorp.com/terraform/language/backend/s3
    expect(remote.terraform.required_version).to.equal('>= 1.11.0');
    const beside = apply({ BATCH_STATE_BUCKET: 'my-states', BATCH_REGION: 'eu-west-3' });
    expect(beside.terraform.backend.s3.region).to.equal('eu-west-3');
  });
});
