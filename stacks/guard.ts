/**
 * Calls the provisioner where the workflow does not. An aborted or timed-out execution never reaches its Deprovision state,
 * so a rule on every terminal status scales in. A redriven execution goes on in its map without a Provision state, so a rule
 * resumes it. EventBridge delivers events at best effort, so a schedule reconciles the fleet whatever was lost.
 */
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import {
  CloudwatchEventTarget,
  type CloudwatchEventTargetConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import type { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import { Construct } from 'constructs';
import type { ProvisionerEvent } from '../runtime/contract';
import type { Names } from './names';

export interface GuardProps {
  names: Names;
  provisioner: LambdaFunction;
  stateMachine: SfnStateMachine;
}

/** Minutes between two calls of that schedule. */
export const RECONCILE_MINUTES = 15;

export class Guard extends Construct {
  constructor(scope: Construct, id: string, { names, provisioner, stateMachine }: GuardProps) {
    super(scope, id);
    const ended = new CloudwatchEventRule(this, 'execution-ended-rule', {
      name: `${names.prefix}-execution-ended`,
      description: 'An execution has ended, however: its workers are not needed any more',
      eventPattern: statusChange(stateMachine, { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] }),
    });
    this.invoke('execution_ended', ended, provisioner, aboutExecution('deprovision'));

    const redriven = new CloudwatchEventRule(this, 'execution-redriven-rule', {
      name: `${names.prefix}-execution-redriven`,
      description: 'An execution was redriven: its workers are needed again',
      eventPattern: statusChange(stateMachine, {
        status: ['RUNNING'],
        redriveCount: [{ 'anything-but': 0 }],
      }),
    });
    this.invoke('execution_redriven', redriven, provisioner, aboutExecution('resume'));

    const schedule = new CloudwatchEventRule(this, 'schedule-rule', {
      name: `${names.prefix}-reconcile`,
      description: 'Makes the fleet what the running executions need',
      scheduleExpression: `rate(${RECONCILE_MINUTES} minutes)`,
    });
    this.invoke('reconcile', schedule, provisioner, { input: JSON.stringify({ action: 'reconcile' }) });
  }

  private invoke(
    logicalId: string,
    rule: CloudwatchEventRule,
    provisioner: LambdaFunction,
    payload: Pick<CloudwatchEventTargetConfig, 'input' | 'inputTransformer'>,
  ): void {
    rule.overrideLogicalId(logicalId);
    const permission = new LambdaPermission(this, `${logicalId}-permission`, {
      statementId: logicalId,
      action: 'lambda:InvokeFunction',
      functionName: provisioner.functionName,
      principal: 'events.amazonaws.com',
      sourceArn: rule.arn,
    });
    permission.overrideLogicalId(logicalId);
    const target = new CloudwatchEventTarget(this, `${logicalId}-target`, {
      rule: rule.name,
      targetId: 'provisioner',
      arn: provisioner.arn,
      ...payload,
      dependsOn: [permission],
    });
    target.overrideLogicalId(logicalId);
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
function statusChange(stateMachine: SfnStateMachine, detail: object): string {
  return JSON.stringify({
    source: ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    // Exact, so that the children of a Distributed Map (`<state machine>/<map>`) do not match.
    detail: { ...detail, stateMachineArn: [stateMachine.arn] },
  });
}

/** The count is quoted, since EventBridge puts nothing in place of a member that an event lacks: a text of nothing is still JSON. */
function aboutExecution(action: ProvisionerEvent['action']) {
  return {
    inputTransformer: {
      inputPaths: { execution_arn: '$.detail.executionArn', redrive_count: '$.detail.redriveCount' },
      inputTemplate: `{"action":"${action}","execution_arn":"<execution_arn>","redrive_count":"<redrive_count>"}`,
    },
  };
}
