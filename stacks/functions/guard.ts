/**
 * Calls the provisioner where the workflow does not. An aborted or timed-out execution never reaches its Deprovision state,
 * so a rule on every terminal status scales in. A redriven execution goes on in its map without a Provision state, so a rule
 * resumes it. EventBridge delivers events at best effort, so a schedule reconciles the fleet whatever was lost.
 */
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import type { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import type { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import { Construct } from 'constructs';
import type { ProvisionerEvent } from '../../runtime/contract';
import type { Names } from '../core/names';
import { aboutExecution, ENDED, invokeByRule, statusChange } from './execution-events';

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
      description: 'An execution has ended: its workers are not needed any more',
      eventPattern: statusChange(stateMachine, { status: ENDED }),
    });
    invokeByRule(this, 'execution_ended', ended, provisioner, about('deprovision'));

    const redriven = new CloudwatchEventRule(this, 'execution-redriven-rule', {
      name: `${names.prefix}-execution-redriven`,
      description: 'An execution was redriven: its workers are needed again',
      eventPattern: statusChange(stateMachine, {
        status: ['RUNNING'],
        redriveCount: [{ 'anything-but': 0 }],
      }),
    });
    invokeByRule(this, 'execution_redriven', redriven, provisioner, about('resume'));

    const schedule = new CloudwatchEventRule(this, 'schedule-rule', {
      name: `${names.prefix}-reconcile`,
      description: 'Makes the fleet what the running executions need',
      scheduleExpression: `rate(${RECONCILE_MINUTES} minutes)`,
    });
    invokeByRule(this, 'reconcile', schedule, provisioner, {
      input: JSON.stringify({ action: 'reconcile' }),
    });
  }
}

const about = (action: ProvisionerEvent['action']) => aboutExecution({ action });
