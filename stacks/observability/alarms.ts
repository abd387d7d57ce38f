/**
 * The alarms that call somebody. Each looks at one metric. None calculates: an expression over a metric without data has no data, with any
 * FILL, so an alarm would stay silent if nothing was ever reported.
 */
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import type { Construct } from 'constructs';
import type { Names } from '../core/names';
import { RECONCILE_MINUTES } from '../functions/guard';
import type { Config } from '../settings/complete-config';
import type { Metric, Metrics } from './metrics';

interface Alarm {
  /** The end of its name, and its entry in docs/operations.md. */
  name: string;
  meaning: string;
  metric: Metric;
  /** Goes off at this value: above zero, or at zero. */
  when: 'above zero' | 'zero';
  /** Seconds that one data point stands for. */
  period: number;
  /** Data points in a row that set it off. */
  periods: number;
  /** The state without data: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
  withoutData: 'OK' | 'ALARM';
}

const SCHEDULE_SECONDS = RECONCILE_MINUTES * 60;
const PERIOD_SECONDS = 300;
/** Half an hour. */
const IDLE_PERIODS = 6;

function alarms(metrics: Metrics, config: Config): Alarm[] {
  return [
    {
      name: 'executions-failed',
      meaning: 'An execution failed.',
      metric: metrics.executionsFailed,
      when: 'above zero',
      period: PERIOD_SECONDS,
      periods: 1,
      withoutData: 'OK',
    },
    {
      name: 'executions-timed-out',
      meaning: 'An execution timed out.',
      metric: metrics.executionsTimedOut,
      when: 'above zero',
      period: PERIOD_SECONDS,
      periods: 1,
      withoutData: 'OK',
    },
    {
      name: 'idle-instances',
      meaning:
        'Instances are billed that no execution needs or that run no worker, or the provisioner does not report.',
      metric: metrics.idleInstances,
      when: 'above zero',
      period: SCHEDULE_SECONDS,
      // A booting instance has no worker yet.
      periods: 1 + Math.ceil(config.provisionTimeoutSeconds / SCHEDULE_SECONDS),
      // Every scheduled call reports, also that there are none.
      withoutData: 'ALARM',
    },
    {
      name: 'idle-workers',
      meaning: 'Workers run, but none of them has had a task for half an hour.',
      metric: metrics.slotsBusyAtMost,
      when: 'zero',
      period: PERIOD_SECONDS,
      periods: IDLE_PERIODS,
      withoutData: 'OK',
    },
    {
      name: 'stuck-instances',
      meaning: 'Instances that should have ended have not, and are billed until they do.',
      metric: metrics.stuckInstances,
      when: 'above zero',
      period: SCHEDULE_SECONDS,
      periods: 1,
      // idle-instances goes off if the provisioner does not report.
      withoutData: 'OK',
    },
    {
      name: 'provisioner-errors',
      meaning: 'The provisioner keeps failing, so the fleet may have the wrong size.',
      metric: metrics.provisionerErrors,
      when: 'above zero',
      // Between executions nothing but the schedule calls it.
      period: SCHEDULE_SECONDS,
      periods: 2,
      withoutData: 'OK',
    },
    ...(config.schedules.length > 0 ? [missedSchedules(metrics)] : []),
    ...(config.notifyEmail || config.notifyTopicArn ? [lostNotifications(metrics)] : []),
  ];
}

function missedSchedules({ startsMissed }: Metrics): Alarm {
  return {
    name: 'missed-schedules',
    meaning: 'A schedule could not start its execution.',
    metric: startsMissed,
    when: 'above zero',
    period: PERIOD_SECONDS,
    periods: 1,
    withoutData: 'OK',
  };
}

function lostNotifications({ notificationsLost }: Metrics): Alarm {
  return {
    name: 'lost-notifications',
    meaning: 'An execution has ended, and its message could not be sent.',
    metric: notificationsLost,
    when: 'above zero',
    period: PERIOD_SECONDS,
    periods: 1,
    withoutData: 'OK',
  };
}

/** `topicArn`: of the topic that alarms notify; undefined if they notify nobody. */
export function createAlarms(
  scope: Construct,
  names: Names,
  config: Config,
  metrics: Metrics,
  topicArn: string | undefined,
): void {
  for (const { name, meaning, metric, when, period, periods, withoutData } of alarms(metrics, config)) {
    const alarm = new CloudwatchMetricAlarm(scope, name, {
      alarmName: `${names.prefix}-${name}`,
      alarmDescription: `${meaning} What to do: docs/operations.md#${name}`,
      namespace: metric.namespace,
      metricName: metric.name,
      dimensions: metric.dimensions,
      statistic: metric.statistic,
      period,
      comparisonOperator: when === 'zero' ? 'LessThanOrEqualToThreshold' : 'GreaterThanThreshold',
      threshold: 0,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      treatMissingData: withoutData === 'OK' ? 'notBreaching' : 'breaching',
      alarmActions: topicArn ? [topicArn] : undefined,
    });
    alarm.overrideLogicalId(name.replaceAll('-', '_'));
  }
}
