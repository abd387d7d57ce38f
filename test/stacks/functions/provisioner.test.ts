import { expect } from 'chai';
import { NODE_ENVIRONMENT } from '../../../stacks/core/node-environment';
import { stateOf } from '../../asl/asl';
import { type Applied, type Arguments, apply, attributesOf } from '../synthesize';

const ADDRESS = 'aws_lambda_function.provisioner';

describe('the provisioner', () => {
  let stack: Applied;
  let lambda: Arguments;
  before(() => {
    stack = apply();
    lambda = attributesOf(stack, ADDRESS);
  });

  it('has more time and memory than a pass over many executions needs, and less time than the workflow waits', () => {
    expect(lambda).to.include({ memory_size: 256, timeout: 60 });
    for (const state of ['Provision', 'Deprovision']) {
      expect(stateOf(state).TimeoutSeconds).to.be.greaterThan(lambda.timeout);
    }
  });

  it('knows the names of the resources that it reads and scales', () => {
    expect(lambda.environment.variables).to.deep.equal({
      ...NODE_ENVIRONMENT,
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
});
