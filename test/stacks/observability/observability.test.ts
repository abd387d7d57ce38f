import { expect } from 'chai';
import { type Applied, type Arguments, apply, attributesOf } from '../synthesize';

describe('the dashboard', () => {
  let stack: Applied;
  let dimensions: Record<string, Record<string, string>>;
  before(() => {
    stack = apply();
    dimensions = {
      'AWS/States': { StateMachineArn: attributesOf(stack, 'aws_sfn_state_machine.workflow').arn },
      activity: { ActivityArn: attributesOf(stack, 'aws_sfn_activity.tasks').id },
      'AWS/AutoScaling': { AutoScalingGroupName: attributesOf(stack, 'aws_autoscaling_group.workers').name },
      'AWS/Lambda': { FunctionName: attributesOf(stack, 'aws_lambda_function.provisioner').function_name },
      'BatchProcessor workers': { Family: attributesOf(stack, 'aws_ecs_task_definition.worker').family },
    };
  });

  it('shows the run, the workers and problems, each metric by a suitable statistic', () => {
    const { dashboard_body } = attributesOf(stack, 'aws_cloudwatch_dashboard.overview');
    const { widgets } = JSON.parse(dashboard_body);
    /** `namespace name statistic`, and the resource. */
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
      [
        `${group} GroupDesiredCapacity Maximum`,
        `${group} GroupInServiceInstances Maximum`,
        'BatchProcessor AutoScalingGroupName IdleInstances Minimum',
        'BatchProcessor AutoScalingGroupName StuckInstances Maximum',
      ],
      worker(['SlotsBusy Average']),
      worker(['SecondsPerObject Average']),
      ['Started', 'Succeeded', 'Failed', 'TimedOut', 'Aborted'].map(
        (name) => `AWS/States StateMachineArn Executions${name} Sum`,
      ),
      ['AWS/States ActivityArn ActivityScheduleTime Maximum', ...task(['HeartbeatTimedOut', 'TimedOut'])],
      ['Errors', 'Throttles'].map((name) => `AWS/Lambda FunctionName ${name} Sum`),
    ]);
  });

  it('is laid out in rows of three charts by the minute, each with a title', () => {
    const { dashboard_body, dashboard_name } = attributesOf(stack, 'aws_cloudwatch_dashboard.overview');
    // Dashboards are global to the account.
    expect(dashboard_name).to.equal('batch-processor-us-east-1');
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
