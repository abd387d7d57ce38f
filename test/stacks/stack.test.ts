import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { processors } from '../../runtime/worker/processors';
import { type Arguments, resourceOf, type Synthesized, synthesize, workerContainer } from './synthesize';

describe('the stack', () => {
  const made: Synthesized[] = [];
  const stackOf = (environment?: Record<string, string>): Synthesized => {
    const stack = synthesize(environment);
    made.push(stack);
    return stack;
  };
  let stack: Synthesized;

  before(() => {
    stack = stackOf();
  });
  after(() => {
    for (const { remove } of made) remove();
  });

  const environmentOf = (of: Synthesized): Record<string, string> =>
    Object.fromEntries(workerContainer(of).environment.map(({ name, value }: Arguments) => [name, value]));

  it('has the same bytes every time, whoever synthesizes it', () => {
    expect(stackOf().text).to.equal(stack.text);
  });

  it('is what main.ts writes', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'batch-main-'));
    try {
      const tsNode = join(ROOT, 'node_modules', 'ts-node', 'dist', 'bin.js');
      const { status, stderr } = spawnSync(process.execPath, [tsNode, join(ROOT, 'main.ts')], {
        env: { PATH: process.env.PATH, CDKTF_OUTDIR: outdir },
        cwd: process.cwd(),
        encoding: 'utf8',
      });
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

  it('rests at no instance, and leaves the size of the group to the provisioner', () => {
    expect(resourceOf(stack, 'aws_autoscaling_group.workers')).to.deep.include({
      min_size: 0,
      desired_capacity: 0,
      max_size: 100,
      lifecycle: { ignore_changes: ['desired_capacity'] },
    });
  });

  it('runs one worker an instance, as a DAEMON service that the capacity provider only drains', () => {
    const service = resourceOf(stack, 'aws_ecs_service.workers');
    expect(service).to.include({
      launch_type: 'EC2',
      scheduling_strategy: 'DAEMON',
      deployment_maximum_percent: 100,
      deployment_minimum_healthy_percent: 0,
    });
    expect(service).not.to.have.any.keys('desired_count', 'capacity_provider_strategy');
    expect(
      resourceOf(stack, 'aws_ecs_capacity_provider.workers').auto_scaling_group_provider,
    ).to.deep.include({
      managed_draining: 'ENABLED',
      managed_scaling: { status: 'DISABLED' },
      managed_termination_protection: 'DISABLED',
    });
  });

  it('gives the worker what it is configured with', () => {
    expect(environmentOf(stack)).to.include({
      ACTIVITY_ARN: '${aws_sfn_activity.tasks.id}',
      WORKER_SLOTS: '2',
      PROCESSOR: 'checksum',
      HEARTBEAT_TIMEOUT_SECONDS: '60',
      TASK_TIMEOUT_SECONDS: '300',
      STOP_TIMEOUT_SECONDS: '110',
    });
    const other = stackOf({
      BATCH_PROCESSOR: 'simulate',
      BATCH_PROCESSOR_ENVIRONMENT: '{"SIMULATE_SECONDS":"0.5"}',
      BATCH_SLOTS_PER_WORKER: '8',
      BATCH_THREAD_MEMORY_MIB: '512',
    });
    expect(environmentOf(other)).to.include({
      PROCESSOR: 'simulate',
      SIMULATE_SECONDS: '0.5',
      WORKER_SLOTS: '8',
      THREAD_MEMORY_MIB: '512',
    });
  });

  it('takes every processor there is', () => {
    for (const name of Object.keys(processors)) {
      expect(environmentOf(stackOf({ BATCH_PROCESSOR: name })).PROCESSOR).to.equal(name);
    }
  });

  it('puts the bundles beside it, as the outputs and the function say', () => {
    const bundle = join(stack.stackFolder, String(stack.output.worker_bundle?.value));
    const [node, script] = workerContainer(stack).command;
    expect(node).to.equal('node');
    expect(existsSync(join(bundle, script))).to.equal(true);
    const { filename } = resourceOf(stack, 'aws_lambda_function.provisioner');
    expect(existsSync(join(stack.stackFolder, filename))).to.equal(true);
    expect(workerContainer(stack).image).to.equal(stack.output.worker_image_uri?.value);
  });

  it('guards the fleet at the end of an execution, however it ends, at a redrive, and every 15 minutes', () => {
    const { execution_ended, execution_redriven, reconcile } = stack.resource.aws_cloudwatch_event_rule ?? {};
    expect(JSON.parse(execution_ended?.event_pattern).detail).to.deep.equal({
      status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
      stateMachineArn: ['${aws_sfn_state_machine.workflow.arn}'],
    });
    expect(JSON.parse(execution_redriven?.event_pattern).detail).to.deep.equal({
      status: ['RUNNING'],
      redriveCount: [{ 'anything-but': 0 }],
      stateMachineArn: ['${aws_sfn_state_machine.workflow.arn}'],
    });
    expect(reconcile?.schedule_expression).to.equal('rate(15 minutes)');
    const targets = stack.resource.aws_cloudwatch_event_target ?? {};
    expect(JSON.parse(targets.reconcile?.input)).to.deep.equal({ action: 'reconcile' });
    for (const [rule, action] of [
      ['execution_ended', 'deprovision'],
      ['execution_redriven', 'resume'],
    ] as const) {
      expect(targets[rule]?.input_transformer.input_template).to.equal(
        `{"action":"${action}","execution_arn":"<execution_arn>","redrive_count":<redrive_count>}`,
      );
    }
    for (const rule of ['execution_ended', 'execution_redriven', 'reconcile']) {
      expect(stack.resource.aws_lambda_permission?.[rule]?.source_arn).to.equal(
        `\${aws_cloudwatch_event_rule.${rule}.arn}`,
      );
    }
  });

  it('runs on Spot capacity of several types, on arm64 with the image for it', () => {
    const spot = stackOf({
      BATCH_SPOT: 'true',
      BATCH_ARCHITECTURE: 'arm64',
      BATCH_INSTANCE_TYPES: 'c7g.xlarge,c6g.xlarge',
    });
    const group = resourceOf(spot, 'aws_autoscaling_group.workers');
    expect(group).not.to.have.property('launch_template');
    expect(group.mixed_instances_policy.instances_distribution).to.include({
      on_demand_base_capacity: 0,
      on_demand_percentage_above_base_capacity: 0,
    });
    expect(group.mixed_instances_policy.launch_template.override).to.deep.equal([
      { instance_type: 'c7g.xlarge' },
      { instance_type: 'c6g.xlarge' },
    ]);
    expect(spot.data.aws_ssm_parameter?.machine_image?.name).to.include('/arm64/');
    expect(spot.output.worker_image_uri?.value).not.to.equal(stack.output.worker_image_uri?.value);
  });

  it('lets workers read where objects are, and nowhere else if that is configured', () => {
    const bucket = '${aws_s3_bucket.data.arn}';
    const readable = (environment: Record<string, string>) => {
      const { policy } = resourceOf(stackOf(environment), 'aws_iam_role_policy.worker');
      const { Statement } = JSON.parse(policy);
      return Statement.find(({ Sid }: { Sid: string }) => Sid === 'ReadObjects').Resource;
    };
    expect(readable({})).to.equal(`${bucket}/*`);
    expect(readable({ BATCH_READ_PREFIXES: 'data/, in/' })).to.deep.equal(
      ['data/*', 'in/*', 'processed/*'].map((pattern) => `${bucket}/${pattern}`),
    );
  });

  it('lets the roles that use an existing bucket use its key', () => {
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const existing = stackOf({ BATCH_BUCKET: 'my-data', BATCH_BUCKET_KEY_ARN: key });
    for (const role of ['worker', 'workflow']) {
      const { Statement } = JSON.parse(resourceOf(existing, `aws_iam_role_policy.${role}`).policy);
      expect(Statement, role).to.deep.include({
        Sid: 'UseKey',
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: key,
      });
    }
  });

  it('leaves an existing bucket as it is', () => {
    const existing = stackOf({ BATCH_BUCKET: 'my-data' });
    expect(Object.keys(existing.resource).filter((type) => type.startsWith('aws_s3_'))).to.deep.equal([]);
    expect(existing.data.aws_s3_bucket).to.have.nested.property('data.bucket', 'my-data');
    expect(existing.output.bucket_name?.value).to.equal('${data.aws_s3_bucket.data.bucket}');
    expect(existing.output.bucket_is_managed?.value).to.equal(false);
  });

  it('keeps deployments with different prefixes apart', () => {
    const other = stackOf({ BATCH_NAME_PREFIX: 'nightly' });
    expect(existsSync(join(other.folder, 'stacks', 'nightly', 'cdk.tf.json'))).to.equal(true);
    expect(JSON.stringify(other.resource)).not.to.include('batch-processor');
  });

  it('keeps its state in a bucket, locked there, where one is configured', () => {
    expect(stack.terraform.backend).to.have.all.keys('local');
    const remote = stackOf({ BATCH_STATE_BUCKET: 'my-states', BATCH_STATE_REGION: 'eu-west-1' });
    expect(remote.terraform.backend).to.deep.equal({
      s3: {
        bucket: 'my-states',
        key: 'batch-processor/terraform.tfstate',
        region: 'eu-west-1',
        encrypt: true,
        use_lockfile: true,
      },
    });
  });

  it('notifies and traces where that is configured', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:oncall';
    const watched = stackOf({ BATCH_ALARM_TOPIC_ARN: topic, BATCH_TRACING: 'true' });
    const alarms = watched.resource.aws_cloudwatch_metric_alarm ?? {};
    expect(alarms).to.have.all.keys('executions_failed', 'idle_instances', 'provisioner_errors');
    for (const { alarm_actions } of Object.values(alarms)) expect(alarm_actions).to.deep.equal([topic]);
    expect(resourceOf(watched, 'aws_sfn_state_machine.workflow').tracing_configuration).to.deep.equal({
      enabled: true,
    });
    expect(resourceOf(watched, 'aws_lambda_function.provisioner').tracing_config).to.deep.equal({
      mode: 'Active',
    });
  });

  it('shows progress, throughput, failures, workers, queue age and Lambda errors on its dashboard', () => {
    const { widgets } = JSON.parse(resourceOf(stack, 'aws_cloudwatch_dashboard.overview').dashboard_body);
    const names = widgets.flatMap(({ properties }: Arguments) =>
      properties.metrics.map((metric: string[]) => metric[1]),
    );
    expect(names).to.include.members([
      'ActivitiesSucceeded',
      'ObjectsProcessed',
      'ObjectsFailed',
      'GroupInServiceInstances',
      'ActivityScheduleTime',
      'Errors',
    ]);
  });
});
