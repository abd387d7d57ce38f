import { expect } from 'chai';
import { compilePattern } from '../../../local/services/events/pattern';
import { type Applied, apply, attributesOf, resourceOf } from '../synthesize';
import { transform } from './input-transformer';

const RULES = ['execution_ended', 'execution_redriven', 'reconcile'];

describe('the guard of the fleet', () => {
  let stack: Applied;
  let stateMachineArn: string;
  before(() => {
    stack = apply();
    stateMachineArn = attributesOf(stack, 'aws_sfn_state_machine.workflow').arn;
  });

  const rule = (name: string) => attributesOf(stack, `aws_cloudwatch_event_rule.${name}`);
  const target = (name: string) => attributesOf(stack, `aws_cloudwatch_event_target.${name}`);

  /** The rules that an execution's change of status triggers. */
  function setOff(detail: object, event: object = {}): string[] {
    const change = {
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: { stateMachineArn, redriveCount: 0, ...detail },
      ...event,
    };
    return RULES.filter((name) => {
      const { event_pattern } = rule(name);
      return event_pattern && compilePattern(JSON.parse(event_pattern))(change);
    });
  }

  it('scales in at every end of an execution', () => {
    for (const status of ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']) {
      expect(setOff({ status }), status).to.deep.equal(['execution_ended']);
    }
  });

  it('provides workers again when an execution is redriven, and not when it starts', () => {
    expect(setOff({ status: 'RUNNING', redriveCount: 1 })).to.deep.equal(['execution_redriven']);
    expect(setOff({ status: 'RUNNING' })).to.deep.equal([]);
    expect(setOff({ status: 'PENDING_REDRIVE', redriveCount: 1 })).to.deep.equal([]);
  });

  it('ignores the children of the map, other state machines and other events', () => {
    for (const detail of [
      { stateMachineArn: `${stateMachineArn}/ProcessPrefix` },
      { stateMachineArn: `${stateMachineArn}-2` },
    ]) {
      expect(setOff({ status: 'FAILED', ...detail })).to.deep.equal([]);
      expect(setOff({ status: 'RUNNING', redriveCount: 1, ...detail })).to.deep.equal([]);
    }
    for (const event of [{ source: 'mine' }, { 'detail-type': 'Another' }]) {
      expect(setOff({ status: 'FAILED' }, event)).to.deep.equal([]);
      expect(setOff({ status: 'RUNNING', redriveCount: 1 }, event)).to.deep.equal([]);
    }
  });

  it('looks at the fleet every 15 minutes, even if events were lost', () => {
    expect(rule('reconcile').schedule_expression).to.equal('rate(15 minutes)');
    expect(JSON.parse(target('reconcile').input)).to.deep.equal({ action: 'reconcile' });
  });

  it('tells the provisioner the execution, and the action', () => {
    for (const [name, action] of [
      ['execution_ended', 'deprovision'],
      ['execution_redriven', 'resume'],
    ] as const) {
      const about = { action, execution_arn: 'arn:of:execution' };
      const executionArn = about.execution_arn;
      expect(transform(target(name), { executionArn, redriveCount: 2 })).to.deep.equal({
        ...about,
        redrive_count: '2',
      });
      expect(transform(target(name), { executionArn })).to.deep.equal({ ...about, redrive_count: '' });
    }
  });

  it('may invoke the provisioner by each rule, and not in another way', () => {
    const lambda = attributesOf(stack, 'aws_lambda_function.provisioner');
    for (const name of RULES) {
      expect(target(name), name).to.include({
        rule: rule(name).name,
        arn: lambda.arn,
        target_id: 'provisioner',
      });
      expect(attributesOf(stack, `aws_lambda_permission.${name}`), name).to.include({
        action: 'lambda:InvokeFunction',
        function_name: lambda.function_name,
        principal: 'events.amazonaws.com',
        source_arn: rule(name).arn,
        statement_id: name,
      });
      expect(resourceOf(stack, `aws_cloudwatch_event_target.${name}`).depends_on).to.deep.equal([
        `aws_lambda_permission.${name}`,
      ]);
    }
    expect(Object.keys(stack.resource.aws_cloudwatch_event_rule ?? {})).to.have.members(RULES);
  });
});
