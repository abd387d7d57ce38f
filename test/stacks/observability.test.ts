import { expect } from 'chai';
import { type Applied, type Arguments, apply, attributesOf } from './synthesize';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

describe('alarms and dashboard', () => {
  let stack: Applied;
  let dimensions: Record<string, Record<string, string>>;
  before(() => {
    stack = apply();
    dimensions = {
      'AWS/States': { StateMachineArn: attributesOf(stack, 'aws_sfn_state_machine.workflow').arn },
      activity: { ActivityArn: attributesOf(stack, 'aws_sfn_activity.tasks').id },
      'AWS/AutoScaling': { AutoScalingGroupName: attributesOf(stack, 'aws_autoscaling_group.workers').name },
      'AWS/Lambda': { FunctionName: attributesOf(stack, 'aws_lambda_function.provisioner').function_name },
      BatchProcessor: { Family: attributesOf(stack, 'aws_ecs_task_definition.worker').family },
    };
  });

  const alarm = (name: string, of = stack) => attributesOf(of, `aws_cloudwatch_metric_alarm.${name}`);

  /** The alarm's metrics by their ids in its expression. */
  function metricsOf({ metric_query }: Arguments): Record<string, Arguments> {
    return Object.fromEntries(
      metric_query.filter(({ metric }: Arguments) => metric).map(({ id, metric }: Arguments) => [id, metric]),
    );
  }

  /** The value that the alarm compares, from values of its metrics; a metric without a value is left out. */
  function compared({ metric_query }: Arguments, values: Record<string, number>): number {
    const [{ expression }, ...others] = metric_query.filter(({ return_data }: Arguments) => return_data);
    expect(others, 'one value is compared').to.deep.equal([]);
    // FILL and IF of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    const script = expression
      .replaceAll('FILL(', 'fill("')
      .replaceAll(/fill\("(\w+)/g, 'fill("$1"')
      .replaceAll('IF(', 'iff(');
    const fill = (id: string, missing: number) => values[id] ?? missing;
    const iff = (condition: boolean, then: number, otherwise: number) => (condition ? then : otherwise);
    return new Function('fill', 'iff', ...Object.keys(values), `return ${script}`)(
      fill,
      iff,
      ...Object.values(values),
    );
  }

  const goesOff = (each: Arguments, value: number) => {
    expect(each.comparison_operator).to.equal('GreaterThanThreshold');
    return value > each.threshold;
  };

  it('alarm at the first execution that fails or times out, within five minutes', () => {
    const failed = alarm('executions_failed');
    const states = {
      namespace: 'AWS/States',
      dimensions: dimensions['AWS/States'],
      stat: 'Sum',
      period: 300,
    };
    expect(metricsOf(failed)).to.deep.equal({
      failed: { ...states, metric_name: 'ExecutionsFailed' },
      timed_out: { ...states, metric_name: 'ExecutionsTimedOut' },
    });
    expect(failed.evaluation_periods).to.equal(1);
    expect(goesOff(failed, compared(failed, { failed: 1 }))).to.equal(true);
    expect(goesOff(failed, compared(failed, { timed_out: 1 }))).to.equal(true);
    expect(goesOff(failed, compared(failed, {}))).to.equal(false);
  });

  it('alarm when instances run while no task starts or ends', () => {
    const idle = alarm('idle_instances');
    const task = { namespace: 'AWS/States', dimensions: dimensions.activity, stat: 'Sum', period: 300 };
    expect(metricsOf(idle)).to.deep.equal({
      instances: {
        namespace: 'AWS/AutoScaling',
        metric_name: 'GroupInServiceInstances',
        dimensions: dimensions['AWS/AutoScaling'],
        stat: 'Maximum',
        period: 300,
      },
      started: { ...task, metric_name: 'ActivitiesStarted' },
      succeeded: { ...task, metric_name: 'ActivitiesSucceeded' },
      failed: { ...task, metric_name: 'ActivitiesFailed' },
    });
    expect(goesOff(idle, compared(idle, { instances: 1 }))).to.equal(true);
    expect(goesOff(idle, compared(idle, { instances: 0 }))).to.equal(false);
    for (const work of ['started', 'succeeded', 'failed']) {
      expect(goesOff(idle, compared(idle, { instances: 5, [work]: 1 })), work).to.equal(false);
    }
  });

  it('alarm only after the longest silence that work can have, within the day that CloudWatch looks back', () => {
    const periods = (environment: Record<string, string>) => {
      const { evaluation_periods, datapoints_to_alarm } = alarm('idle_instances', apply(environment));
      // All of them in a row.
      expect(datapoints_to_alarm).to.equal(evaluation_periods);
      return evaluation_periods;
    };
    // A task, a first worker's boot, and what the guard missed until its next look.
    expect(periods({}) * 300).to.equal(5 * MINUTE + 10 * MINUTE + 15 * MINUTE);
    expect(periods({ BATCH_OBJECT_TIMEOUT_SECONDS: '3601' }) * 300).to.equal(60 * MINUTE + 25 * MINUTE + 300);
    expect(periods({ BATCH_OBJECT_TIMEOUT_SECONDS: '86400' }) * 300).to.equal(DAY);
  });

  it('alarm when the provisioner fails for a quarter of an hour', () => {
    const errors = alarm('provisioner_errors');
    expect(errors).to.deep.include({
      namespace: 'AWS/Lambda',
      metric_name: 'Errors',
      dimensions: dimensions['AWS/Lambda'],
      statistic: 'Sum',
    });
    expect(errors.period * errors.evaluation_periods).to.equal(15 * MINUTE);
    expect(errors.period).to.equal(5 * MINUTE);
    expect([goesOff(errors, 0), goesOff(errors, 1)]).to.deep.equal([false, true]);
  });

  it('are silent where nothing runs, and notify whom they are told to', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:oncall';
    const notifying = apply({ BATCH_ALARM_TOPIC_ARN: topic });
    for (const name of ['executions_failed', 'idle_instances', 'provisioner_errors']) {
      expect(alarm(name).treat_missing_data, name).to.equal('notBreaching');
      expect(alarm(name), name).not.to.have.property('alarm_actions');
      expect(alarm(name, notifying).alarm_actions, name).to.deep.equal([topic]);
    }
    const alarms = Object.keys(stack.resources).filter((address) => address.includes('_alarm.'));
    expect(alarms).to.have.length(3);
  });

  it('show the run, the workers and what goes wrong, each metric by what makes sense of it', () => {
    const { dashboard_body } = attributesOf(stack, 'aws_cloudwatch_dashboard.overview');
    const { widgets } = JSON.parse(dashboard_body);
    /** `namespace name statistic`, of which resource. */
    const shown = widgets.map(({ properties }: Arguments) =>
      properties.metrics.map(([namespace, name, ...rest]: (string | Arguments)[]) => {
        const { stat } = rest.pop() as Arguments;
        const pairs = rest as string[];
        expect(Object.values(dimensions)).to.deep.include({ [pairs[0] ?? '']: pairs[1] });
        return `${namespace} ${pairs[0]} ${name} ${stat}`;
      }),
    );
    const task = (names: string[]) => names.map((name) => `AWS/States ActivityArn Activities${name} Sum`);
    const worker = (names: string[]) => names.map((name) => `BatchProcessor Family ${name}`);
    const group = 'AWS/AutoScaling AutoScalingGroupName';
    expect(shown).to.deep.equal([
      task(['Scheduled', 'Started', 'Succeeded', 'Failed']),
      worker(['ObjectsProcessed Sum', 'ObjectsSkipped Sum', 'ObjectsFailed Sum']),
      worker(['BytesIn Sum', 'BytesOut Sum']),
      [`${group} GroupDesiredCapacity Maximum`, `${group} GroupInServiceInstances Maximum`],
      worker(['SlotsBusy Average']),
      worker(['SecondsPerObject Average']),
      ['Started', 'Succeeded', 'Failed', 'TimedOut', 'Aborted'].map(
        (name) => `AWS/States StateMachineArn Executions${name} Sum`,
      ),
      ['AWS/States ActivityArn ActivityScheduleTime Maximum', ...task(['HeartbeatTimedOut', 'TimedOut'])],
      ['Errors', 'Throttles'].map((name) => `AWS/Lambda FunctionName ${name} Sum`),
    ]);
  });

  it('lay the dashboard out in rows of three charts by the minute, each with a title', () => {
    const { dashboard_body, dashboard_name } = attributesOf(stack, 'aws_cloudwatch_dashboard.overview');
    expect(dashboard_name).to.equal('batch-processor');
    const { widgets } = JSON.parse(dashboard_body);
    for (const [index, { type, x, y, width, height, properties }] of widgets.entries()) {
      // A dashboard is 24 units wide.
      expect({ type, x, y, width, height }).to.deep.equal({
        type: 'metric',
        x: (index % 3) * 8,
        y: Math.floor(index / 3) * 6,
        width: 8,
        height: 6,
      });
      expect(properties).to.include({ region: 'us-east-1', view: 'timeSeries', period: 60 });
      expect(properties.title).to.be.a('string').and.not.equal('');
    }
  });
});
