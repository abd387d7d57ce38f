/** Rules of EventBridge on what becomes of executions, and functions that they invoke. */
import type { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import {
  CloudwatchEventTarget,
  type CloudwatchEventTargetConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import type { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import type { Construct } from 'constructs';

/** Each status with which an execution ends. */
export const ENDED = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** Pattern of a rule. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export function statusChange(stateMachine: SfnStateMachine, detail: object): string {
  return JSON.stringify({
    source: ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    // Exact, so that the children of a Distributed Map (`<state machine>/<map>`) do not match.
    detail: { ...detail, stateMachineArn: [stateMachine.arn] },
  });
}

type Payload = Pick<CloudwatchEventTargetConfig, 'input' | 'inputTransformer'>;

/**
 * The members of such an event that a function gets, beside `fixed`. The count is quoted, since EventBridge puts nothing in place of a
 * member that an event lacks: a text of nothing is still JSON.
 */
export function aboutExecution(fixed: object): Payload {
  const given = JSON.stringify({
    ...fixed,
    execution_arn: '<execution_arn>',
    redrive_count: '<redrive_count>',
  });
  return {
    inputTransformer: {
      inputPaths: { execution_arn: '$.detail.executionArn', redrive_count: '$.detail.redriveCount' },
      inputTemplate: given,
    },
  };
}

/** `logicalId`: of the rule, its target and the permission. */
export function invokeByRule(
  scope: Construct,
  logicalId: string,
  rule: CloudwatchEventRule,
  lambda: LambdaFunction,
  payload: Payload,
): void {
  rule.overrideLogicalId(logicalId);
  const permission = new LambdaPermission(scope, `${logicalId}-permission`, {
    statementId: logicalId,
    action: 'lambda:InvokeFunction',
    functionName: lambda.functionName,
    principal: 'events.amazonaws.com',
    sourceArn: rule.arn,
  });
  permission.overrideLogicalId(logicalId);
  const target = new CloudwatchEventTarget(scope, `${logicalId}-target`, {
    rule: rule.name,
    targetId: lambda.friendlyUniqueId,
    arn: lambda.arn,
    ...payload,
    dependsOn: [permission],
  });
  target.overrideLogicalId(logicalId);
}
