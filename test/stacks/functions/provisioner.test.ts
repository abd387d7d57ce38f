import { expect } from 'chai';
import { stateOf } from '../../asl/asl';
import { type Applied, type Arguments, apply, attributesOf, resourceOf } from '../synthesize';

const ADDRESS = 'aws_lambda_function.provisioner';

describe('the provisioner', () => {
  let stack: Applied;
  let lambda: Arguments;
  before(() => {
    stack = apply();
    lambda = attributesOf(stack, ADDRESS);
  });

  it('is the bundle on the runtime that it is built for', () => {
    expect(lambda).to.deep.include({ runtime: 'nodejs22.x', handler: 'index.handler' });
    // The cheaper architecture; the bundle is JavaScript.
    expect(lambda.architectures).to.deep.equal(['arm64']);
    expect(lambda.source_code_hash).to.match(/^[A-Za-z0-9+/]{43}=$/);
    expect(lambda.filename).to.match(/\.zip$/);
  });

  it('has more time and memory than a pass over many executions takes, and less time than the workflow waits', () => {
    expect(lambda).to.include({ memory_size: 256, timeout: 60 });
    for (const state of ['Provision', 'Deprovision']) {
      expect(stateOf(state).TimeoutSeconds).to.be.greaterThan(lambda.timeout);
    }
  });

  it('takes no part of the account’s concurrency for itself: a new account has 10', () => {
    expect(lambda).not.to.have.property('reserved_concurrent_executions');
  });

  it('knows by name what it reads and scales', () => {
    const { NODE_OPTIONS, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED, ...variables } =
      lambda.environment.variables;
    expect(NODE_OPTIONS).to.equal('--enable-source-maps');
    expect(AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED).to.equal('true');
    expect(variables).to.deep.equal({
      CLUSTER_NAME: attributesOf(stack, 'aws_ecs_cluster.workers').name,
      SERVICE_NAME: attributesOf(stack, 'aws_ecs_service.workers').name,
      AUTO_SCALING_GROUP_NAME: attributesOf(stack, 'aws_autoscaling_group.workers').name,
      STATE_MACHINE_ARN: attributesOf(stack, 'aws_sfn_state_machine.workflow').arn,
      WORKER_LOG_GROUP: attributesOf(stack, 'aws_cloudwatch_log_group.worker').name,
      MAX_WORKERS: '100',
      PROVISION_TIMEOUT_SECONDS: '600',
      PROVISION_POLL_SECONDS: '2',
      STOP_TIMEOUT_SECONDS: '110',
    });
    const other = apply({
      BATCH_MAX_WORKERS: '7',
      BATCH_PROVISION_TIMEOUT_SECONDS: '300',
      BATCH_PROVISION_POLL_SECONDS: '5',
    });
    expect(attributesOf(other, ADDRESS).environment.variables).to.include({
      MAX_WORKERS: '7',
      PROVISION_TIMEOUT_SECONDS: '300',
      PROVISION_POLL_SECONDS: '5',
    });
  });

  it('runs as its role, once that has its rights', () => {
    expect(lambda.role).to.equal(attributesOf(stack, 'aws_iam_role.provisioner').arn);
    expect(resourceOf(stack, ADDRESS).depends_on).to.deep.equal(['aws_iam_role_policy.provisioner']);
  });

  it('logs its own JSON lines to its group', () => {
    expect(lambda.logging_config).to.deep.equal({
      // Lambda's own JSON would wrap the lines in another object.
      log_format: 'Text',
      log_group: attributesOf(stack, 'aws_cloudwatch_log_group.provisioner').name,
    });
  });

  it('is traced only where that is configured', () => {
    expect(lambda.tracing_config).to.deep.equal({ mode: 'PassThrough' });
    const traced = attributesOf(apply({ BATCH_TRACING: 'true' }), ADDRESS);
    expect(traced.tracing_config).to.deep.equal({ mode: 'Active' });
  });
});
