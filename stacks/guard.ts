/**
 * Scales in what an execution left behind. An aborted or timed-out execution never reaches its Deprovision state, so
 * every terminal status, and a slow schedule in case an event is lost, call the provisioner.
 */
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import type { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import { Construct } from 'constructs';
import type { Names } from './names';

export interface GuardProps {
  names: Names;
  provisioner: LambdaFunction;
  stateMachine: SfnStateMachine;
}

export class Guard extends Construct {
  constructor(scope: Construct, id: string, { names, provisioner, stateMachine }: GuardProps) {
    super(scope, id);
    const ended = new CloudwatchEventRule(this, 'execution-ended-rule', {
      name: `${names.prefix}-execution-ended`,
      description: 'An execution has ended, however: its workers are not needed any more',
      eventPattern: JSON.stringify({
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
          // Exact, so that the children of a Distributed Map (`<state machine>/<map>`) do not match.
          stateMachineArn: [stateMachine.arn],
        },
      }),
    });
    this.invoke('execution_ended', ended, provisioner, {
      inputTransformer: {
        inputPaths: { execution_arn: '$.detail.executionArn' },
        inputTemplate: '{"action":"deprovision","execution_arn":"<execution_arn>"}',
      },
    });

    const schedule = new CloudwatchEventRule(this, 'schedule-rule', {
      name: `${names.prefix}-reconcile`,
      description: 'Makes the fleet what the running executions need',
      scheduleExpression: 'rate(15 minutes)',
    });
    this.invoke('reconcile', schedule, provisioner, { input: JSON.stringify({ action: 'reconcile' }) });
  }

  private invoke(
    logicalId: string,
    rule: CloudwatchEventRule,
    provisioner: LambdaFunction,
    payload:
      | { input: string }
      | { inputTransformer: { inputPaths: Record<string, string>; inputTemplate: string } },
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
