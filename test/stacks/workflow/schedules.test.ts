/** The resources of a deployment with schedules, and its actions when one is due. */
import { expect } from 'chai';
import { type Applied, apply, attributesOf, EVERYTHING } from '../synthesize';

describe('schedules', () => {
  let stack: Applied;
  before(() => {
    stack = apply(EVERYTHING);
  });

  it('start executions with their input, in their time zone', () => {
    const { target, flexible_time_window, ...schedule } = attributesOf(
      stack,
      'aws_scheduler_schedule.nightly',
    );
    expect(schedule).to.deep.include({
      name: 'nightly',
      group_name: 'batch-processor',
      schedule_expression: 'cron(0 2 * * ? *)',
      schedule_expression_timezone: 'Europe/Berlin',
    });
    expect(flexible_time_window).to.deep.equal({ mode: 'OFF' });
    expect(target.arn).to.equal(attributesOf(stack, 'aws_sfn_state_machine.workflow').arn);
    expect(target.role_arn).to.equal(attributesOf(stack, 'aws_iam_role.schedules').arn);
    expect(JSON.parse(target.input)).to.deep.equal({ worker_count: 2, prefix: 'data/' });
  });

  it('retry for an hour: a start that is a day late would surprise', () => {
    const [retry] = [attributesOf(stack, 'aws_scheduler_schedule.nightly').target.retry_policy].flat();
    expect(retry).to.deep.equal({ maximum_event_age_in_seconds: 3600, maximum_retry_attempts: 185 });
  });

  it('have names by their position if they have none, and inputs that Terraform does not change', () => {
    const input = { worker_count: 1, prefix: '${a}%{b}$${c}/' };
    const { resources } = apply({
      BATCH_SCHEDULES: JSON.stringify([
        { expression: 'rate(1 day)', input },
        { name: 'week-end', expression: 'rate(7 days)', input },
        ...['group', 'role', 'each', 'schedules'].map((name) => ({ name, expression: 'rate(1 day)', input })),
      ]),
    });
    const [first, second] = ['schedule_1', 'week_end'].map(
      (name) => resources[`aws_scheduler_schedule.${name}`],
    );
    expect(first).to.include({ name: 'schedule-1', schedule_expression_timezone: 'UTC' });
    expect(JSON.parse(first?.target.input)).to.deep.equal(input);
    expect(second?.name).to.equal('week-end');
  });

  it('are in the stack only if schedules are set', () => {
    const types = Object.keys(apply().resource).filter((type) => type.startsWith('aws_scheduler_'));
    expect(types).to.deep.equal([]);
  });
});
