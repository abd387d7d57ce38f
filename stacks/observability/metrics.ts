/** The CloudWatch metrics that dashboard and alarms are made of. */
import {
  FLEET_DIMENSION,
  type FleetMetric,
  NAMESPACE,
  WORKER_DIMENSION,
  type WorkerMetric,
} from '../../runtime/metrics';
import type { Names } from '../core/names';

export interface Metric {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  statistic: 'Sum' | 'Average' | 'Minimum' | 'Maximum';
}

export type Metrics = ReturnType<typeof metricsOf>;

/**
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
 */
export function metricsOf(names: Names, stateMachineArn: string, activityArn: string) {
  const execution = states({ StateMachineArn: stateMachineArn });
  const task = states({ ActivityArn: activityArn });
  const worker = metrics<WorkerMetric>(NAMESPACE, { [WORKER_DIMENSION]: names.worker });
  const fleet = metrics<FleetMetric>(NAMESPACE, { [FLEET_DIMENSION]: names.autoScalingGroup });
  const group = metrics('AWS/AutoScaling', { AutoScalingGroupName: names.autoScalingGroup });
  const provisioner = metrics('AWS/Lambda', { FunctionName: names.provisioner });
  const notifier = metrics('AWS/Lambda', { FunctionName: names.notifier });
  const schedules = metrics('AWS/Scheduler', { ScheduleGroup: names.scheduleGroup });
  return {
    executionsStarted: execution('ExecutionsStarted'),
    executionsSucceeded: execution('ExecutionsSucceeded'),
    executionsFailed: execution('ExecutionsFailed'),
    executionsTimedOut: execution('ExecutionsTimedOut'),
    executionsAborted: execution('ExecutionsAborted'),
    tasksScheduled: task('ActivitiesScheduled'),
    tasksStarted: task('ActivitiesStarted'),
    tasksSucceeded: task('ActivitiesSucceeded'),
    tasksFailed: task('ActivitiesFailed'),
    tasksTimedOut: task('ActivitiesTimedOut'),
    heartbeatsMissed: task('ActivitiesHeartbeatTimedOut'),
    queueAge: task('ActivityScheduleTime', 'Maximum'),
    desired: group('GroupDesiredCapacity', 'Maximum'),
    instances: group('GroupInServiceInstances', 'Maximum'),
    provisionerErrors: provisioner('Errors'),
    provisionerThrottles: provisioner('Throttles'),
    notificationsLost: notifier('AsyncEventsDropped'),
    startsMissed: schedules('InvocationDroppedCount'),
    objectsProcessed: worker('ObjectsProcessed'),
    objectsFailed: worker('ObjectsFailed'),
    objectsSkipped: worker('ObjectsSkipped'),
    secondsPerObject: worker('SecondsPerObject', 'Average'),
    bytesIn: worker('BytesIn'),
    bytesOut: worker('BytesOut'),
    slotsBusy: worker('SlotsBusy', 'Average'),
    slotsBusyAtMost: worker('SlotsBusy', 'Maximum'),
    idleInstances: fleet('IdleInstances', 'Minimum'),
    stuckInstances: fleet('StuckInstances', 'Maximum'),
  } satisfies Record<string, Metric>;
}

function states(dimensions: Record<string, string>) {
  return metrics('AWS/States', dimensions);
}

function metrics<Name extends string>(namespace: string, dimensions: Record<string, string>) {
  return (name: Name, statistic: Metric['statistic'] = 'Sum'): Metric => ({
    namespace,
    name,
    dimensions,
    statistic,
  });
}
