/** The state of each alarm with full, partial and missing data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../root';
import { type Applied, type Arguments, apply, attributesOf, EVERYTHING } from '../synthesize';
import { alarmState } from './alarm-state';

const MINUTE = 60;
const QUARTER = 15 * MINUTE;

/** Each alarm's metric, the seconds of one data point, and the seconds of all data points that set the alarm off. */
const METRICS: Record<string, [string, string, number, number]> = {
  executions_failed: ['AWS/States ExecutionsFailed', 'Sum', 5 * MINUTE, 5 * MINUTE],
  executions_timed_out: ['AWS/States ExecutionsTimedOut', 'Sum', 5 * MINUTE, 5 * MINUTE],
  idle_instances: ['BatchProcessor IdleInstances', 'Minimum', QUARTER, 2 * QUARTER],
  idle_workers: ['BatchProcessor SlotsBusy', 'Maximum', 5 * MINUTE, 30 * MINUTE],
  stuck_instances: ['BatchProcessor StuckInstances', 'Maximum', QUARTER, QUARTER],
  provisioner_errors: ['AWS/Lambda Errors', 'Sum', QUARTER, 2 * QUARTER],
  missed_schedules: ['AWS/Scheduler InvocationDroppedCount', 'Sum', 5 * MINUTE, 5 * MINUTE],
  lost_notifications: ['AWS/Lambda AsyncEventsDropped', 'Sum', 5 * MINUTE, 5 * MINUTE],
};

/** Data points by the alarm's period, the oldest first; `-` for no report. */
const CASES: [string, string, string, 'ALARM' | 'OK'][] = [
  ['executions_failed', 'no execution has ever failed', '- - -', 'OK'],
  ['executions_failed', 'executions ended well: Step Functions may report zeros', '0 0 0', 'OK'],
  ['executions_failed', 'the first that ever failed', '- - 1', 'ALARM'],
  ['executions_failed', 'one failed, and nothing has ended since', '1 - - - -', 'OK'],
  ['executions_timed_out', 'no execution has ever timed out', '- - -', 'OK'],
  ['executions_timed_out', 'the first that ever timed out', '- - 2', 'ALARM'],

  ['idle_instances', 'the provisioner reports that there are none', '0 0 0 0', 'OK'],
  ['idle_instances', 'instances run while no execution does', '0 0 2 2', 'ALARM'],
  ['idle_instances', 'one instance runs while no execution does', '0 0 1 1', 'ALARM'],
  ['idle_instances', 'instances boot when the provisioner looks', '0 0 0 9', 'OK'],
  ['idle_instances', 'nothing was ever reported', '- - - -', 'ALARM'],
  ['idle_instances', 'the provisioner reports no longer', '0 0 - - - -', 'ALARM'],
  ['idle_instances', 'one call was late', '0 0 0 -', 'OK'],
  ['idle_instances', 'one call was late, and instances are idle', '0 3 - 3', 'ALARM'],
  ['idle_instances', 'the first report after the first deployment', '- - - 0', 'OK'],

  ['idle_workers', 'no worker runs, and none ever did', '- - - - - - - -', 'OK'],
  ['idle_workers', 'workers work', '2 2 2 2 2 2 2 2', 'OK'],
  ['idle_workers', 'workers that never get a task', '- - 0 0 0 0 0 0', 'ALARM'],
  ['idle_workers', 'workers that get no more tasks', '4 4 0 0 0 0 0 0', 'ALARM'],
  ['idle_workers', 'tasks come now and then', '0 0 0 1 0 0 0 0', 'OK'],
  ['idle_workers', 'workers came and went without a task, within minutes', '- 0 - - - - - -', 'OK'],

  ['stuck_instances', 'the provisioner never reported: idle_instances says so', '- - - -', 'OK'],
  ['stuck_instances', 'all instances end in time', '0 0 0', 'OK'],
  ['stuck_instances', 'one does not end', '0 0 1', 'ALARM'],
  ['stuck_instances', 'one does not end, and a call was late', '0 1 -', 'ALARM'],
  ['stuck_instances', 'it has ended', '1 1 0', 'OK'],

  ['provisioner_errors', 'it was never called', '- - - -', 'OK'],
  ['provisioner_errors', 'all calls succeed', '0 0 0 0', 'OK'],
  ['provisioner_errors', 'one call of many failed', '0 0 1 0', 'OK'],
  ['provisioner_errors', 'only the schedule calls it, and every call fails', '- - 3 3', 'ALARM'],
  ['provisioner_errors', 'it fails since a while', '0 0 3 3', 'ALARM'],

  ['missed_schedules', 'every start succeeds', '- - -', 'OK'],
  ['missed_schedules', 'one could not start', '- - 1', 'ALARM'],
  ['missed_schedules', 'the next one started', '1 - - -', 'OK'],

  ['lost_notifications', 'every message is sent', '- - -', 'OK'],
  ['lost_notifications', 'one is not, after every attempt', '- - 1', 'ALARM'],
];

describe('the alarms', () => {
  let stack: Applied;
  before(() => {
    stack = apply(EVERYTHING);
  });
  const alarm = (name: string, of = stack): Arguments =>
    attributesOf(of, `aws_cloudwatch_metric_alarm.${name}`);
  const names = (of = stack) =>
    Object.keys(of.resources)
      .filter((address) => address.startsWith('aws_cloudwatch_metric_alarm.'))
      .map((address) => address.split('.')[1] ?? '');

  for (const [name, what, text, state] of CASES) {
    it(`${name}, ${what} (${text}): ${state}`, () => {
      const points = text.split(' ').map((point) => (point === '-' ? undefined : Number(point)));
      expect(alarmState(alarm(name), points)).to.equal(state);
    });
  }

  it('are all in the table of cases, each also without any data', () => {
    expect(names()).to.have.members(Object.keys(METRICS));
    const withoutData = CASES.filter(([, , text]) => !/\d/.test(text)).map(([name]) => name);
    expect(withoutData).to.have.members(Object.keys(METRICS));
  });

  it('each look at one metric, without an expression, which has no value over missing data', () => {
    for (const [name, [metric, statistic, period, seconds]] of Object.entries(METRICS)) {
      const each = alarm(name);
      expect(each, name).not.to.have.any.keys('metric_query', 'expression');
      expect([`${each.namespace} ${each.metric_name}`, each.statistic], name).to.deep.equal([
        metric,
        statistic,
      ]);
      expect([each.period, each.period * each.evaluation_periods], name).to.deep.equal([period, seconds]);
      expect(each.datapoints_to_alarm, name).to.equal(each.evaluation_periods);
    }
  });

  it('each look at a resource of this stack', () => {
    const group = attributesOf(stack, 'aws_autoscaling_group.workers').name;
    const machine = attributesOf(stack, 'aws_sfn_state_machine.workflow').arn;
    expect(alarm('executions_failed').dimensions).to.deep.equal({ StateMachineArn: machine });
    expect(alarm('executions_timed_out').dimensions).to.deep.equal({ StateMachineArn: machine });
    expect(alarm('idle_instances').dimensions).to.deep.equal({ AutoScalingGroupName: group });
    expect(alarm('stuck_instances').dimensions).to.deep.equal({ AutoScalingGroupName: group });
    expect(alarm('idle_workers').dimensions).to.deep.equal({
      Family: attributesOf(stack, 'aws_ecs_task_definition.worker').family,
    });
    expect(alarm('provisioner_errors').dimensions).to.deep.equal({
      FunctionName: attributesOf(stack, 'aws_lambda_function.provisioner').function_name,
    });
    expect(alarm('lost_notifications').dimensions).to.deep.equal({
      FunctionName: attributesOf(stack, 'aws_lambda_function.notifier').function_name,
    });
    expect(alarm('missed_schedules').dimensions).to.deep.equal({
      ScheduleGroup: attributesOf(stack, 'aws_scheduler_schedule_group.schedules').name,
    });
  });

  it('look at schedules and messages if the stack has some', () => {
    const optional = ['missed_schedules', 'lost_notifications'];
    expect(names(apply())).to.have.members(names().filter((name) => !optional.includes(name)));
  });

  it('give instances as long to boot as an execution waits for them', () => {
    const slow = alarm('idle_instances', apply({ BATCH_PROVISION_TIMEOUT_SECONDS: '3600' }));
    expect(slow.period * slow.evaluation_periods).to.equal(3600 + QUARTER);
  });

  it('each name their entry in docs/operations.md, which says what to do', () => {
    const page = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');
    for (const name of names()) {
      const { alarm_name, alarm_description } = alarm(name);
      const entry = alarm_name.replace('batch-processor-', '');
      expect(alarm_description).to.match(
        new RegExp(`^[A-Z].*\\. What to do: docs/operations\\.md#${entry}$`),
      );
      const [, text = ''] = new RegExp(`\n### ${entry}\n(.*?)\n##`, 's').exec(page) ?? [];
      for (const part of ['**Description.**', '**Investigation.**', '**Resolution.**']) {
        expect(text, entry).to.include(part);
      }
    }
  });

  it('notify nobody, or the topic of a setting', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:oncall';
    const notifying = apply({ BATCH_ALARM_TOPIC_ARN: topic });
    const silent = apply();
    for (const name of names(silent)) {
      expect(alarm(name, silent), name).not.to.have.property('alarm_actions');
      expect(alarm(name, notifying).alarm_actions, name).to.deep.equal([topic]);
    }
    const everything = apply({ ...EVERYTHING, BATCH_ALARM_EMAIL: '', BATCH_ALARM_TOPIC_ARN: topic });
    for (const name of names()) expect(alarm(name, everything).alarm_actions, name).to.deep.equal([topic]);
  });

  it('notify an e-mail address by a topic that only they may write to', () => {
    const mailing = apply({ BATCH_ALARM_EMAIL: 'oncall@example.org' });
    const { arn, name, ...topic } = attributesOf(mailing, 'aws_sns_topic.alarms');
    expect(name).to.equal('batch-processor-alarms');
    // CloudWatch may not use the key that AWS manages for SNS.
    expect(topic).not.to.have.property('kms_master_key_id');
    for (const each of names(mailing)) {
      expect(alarm(each, mailing).alarm_actions, each).to.deep.equal([arn]);
    }
    expect(attributesOf(mailing, 'aws_sns_topic_subscription.alarms')).to.deep.include({
      topic_arn: arn,
      protocol: 'email',
      endpoint: 'oncall@example.org',
    });
    const policy = attributesOf(mailing, 'aws_sns_topic_policy.alarms');
    expect(policy.arn).to.equal(arn);
    expect(JSON.parse(policy.policy).Statement).to.deep.equal([
      {
        Sid: 'AlarmsOfThisDeployment',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: arn,
        Condition: {
          StringEquals: { 'aws:SourceAccount': '000000000000' },
          ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:batch-processor-*' },
        },
      },
    ]);
    expect(Object.keys(apply().resources).filter((address) => address.includes('_sns_'))).to.deep.equal([]);
  });
});
