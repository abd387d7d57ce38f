/** The dashboard to watch runs, and the alarms that call somebody. */
import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { SfnActivity } from '@cdktf/provider-aws/lib/sfn-activity';
import type { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import { Construct } from 'constructs';
import type { Config } from './config';
import { dashboardConsoleUrl } from './console';
import { dashboardBody } from './dashboard';
import { RECONCILE_MINUTES } from './guard';
import { metricsOf } from './metrics';
import type { Names } from './names';

export interface ObservabilityProps {
  names: Names;
  config: Config;
  activity: SfnActivity;
  stateMachine: SfnStateMachine;
}

const PERIOD_SECONDS = 300;
/** CloudWatch looks back at most a day. */
const MAX_PERIODS = 86_400 / PERIOD_SECONDS;

export class Observability extends Construct {
  readonly dashboardUrl: string;

  constructor(scope: Construct, id: string, { names, config, activity, stateMachine }: ObservabilityProps) {
    super(scope, id);
    const metrics = metricsOf(names, stateMachine.arn, activity.id);
    const actions = config.alarmTopicArn ? [config.alarmTopicArn] : undefined;

    const dashboard = new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: names.prefix,
      dashboardBody: JSON.stringify(dashboardBody(names.region, metrics)),
    });
    dashboard.overrideLogicalId('overview');
    this.dashboardUrl = dashboardConsoleUrl(names.region, names.prefix);

    const failed = new CloudwatchMetricAlarm(this, 'executions-failed', {
      alarmName: `${names.prefix}-executions-failed`,
      alarmDescription:
        'An execution failed or timed out: see its error and cause in the Step Functions console.',
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 0,
      evaluationPeriods: 1,
      treatMissingData: 'notBreaching',
      alarmActions: actions,
      // A sum has no value where one of its terms has none: hence FILL.
      metricQuery: [
        {
          id: 'ended_badly',
          expression: 'FILL(failed, 0) + FILL(timed_out, 0)',
          label: 'Failed or timed out',
          returnData: true,
        },
        metricQuery('failed', metrics.executionsFailed),
        metricQuery('timed_out', metrics.executionsTimedOut),
      ],
    });
    failed.overrideLogicalId('executions_failed');

    // No metric says how many executions run. Work shows as tasks that start or end; the longest silence that work can
    // have is one object's timeout, and a first worker's time to boot. What the guard missed shows after that.
    const longestSilence =
      config.objectTimeoutSeconds + config.provisionTimeoutSeconds + RECONCILE_MINUTES * 60;
    const periods = Math.min(MAX_PERIODS, Math.ceil(longestSilence / PERIOD_SECONDS));
    const idle = new CloudwatchMetricAlarm(this, 'idle-instances', {
      alarmName: `${names.prefix}-idle-instances`,
      alarmDescription: `Instances run while no task starts or ends: stop the execution that waits, or if none runs set the desired capacity of ${names.autoScalingGroup} to 0; see the log of ${names.provisioner}.`,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 0,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      treatMissingData: 'notBreaching',
      alarmActions: actions,
      metricQuery: [
        {
          id: 'idle',
          expression: 'IF(FILL(started, 0) + FILL(succeeded, 0) + FILL(failed, 0) == 0, instances, 0)',
          label: 'Instances without work',
          returnData: true,
        },
        metricQuery('instances', metrics.instances),
        metricQuery('started', metrics.tasksStarted),
        metricQuery('succeeded', metrics.tasksSucceeded),
        metricQuery('failed', metrics.tasksFailed),
      ],
    });
    idle.overrideLogicalId('idle_instances');

    const provisioner = new CloudwatchMetricAlarm(this, 'provisioner-errors', {
      alarmName: `${names.prefix}-provisioner-errors`,
      alarmDescription:
        'The provisioner keeps failing, so the fleet may be larger than what is needed: see its log.',
      namespace: metrics.provisionerErrors.namespace,
      metricName: metrics.provisionerErrors.name,
      dimensions: metrics.provisionerErrors.dimensions,
      statistic: metrics.provisionerErrors.statistic,
      period: PERIOD_SECONDS,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 0,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      alarmActions: actions,
    });
    provisioner.overrideLogicalId('provisioner_errors');
  }
}

function metricQuery(id: string, metric: ReturnType<typeof metricsOf>[keyof ReturnType<typeof metricsOf>]) {
  return {
    id,
    returnData: false,
    metric: {
      namespace: metric.namespace,
      metricName: metric.name,
      dimensions: metric.dimensions,
      stat: metric.statistic,
      period: PERIOD_SECONDS,
    },
  };
}
