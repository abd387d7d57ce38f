/** The project's own metrics: what worker and provisioner write as log lines, and dashboard and alarms read. */

/** CloudWatch namespace. */
export const NAMESPACE = 'BatchProcessor';

/** The only dimension of the workers' metrics: the family of their task definition. */
export const WORKER_DIMENSION = 'Family';

/** Each of the workers' metrics with its unit. */
export const WORKER_METRICS = {
  ObjectsProcessed: 'Count',
  ObjectsSkipped: 'Count',
  ObjectsFailed: 'Count',
  /** One value an object that was processed. */
  SecondsPerObject: 'Seconds',
  BytesIn: 'Bytes',
  BytesOut: 'Bytes',
  /** The most slots that were busy at once since the last line: 0 for a worker that had no task. */
  SlotsBusy: 'Count',
} as const;

export type WorkerMetric = keyof typeof WORKER_METRICS;

/** The only dimension of the provisioner's metrics: the name of the Auto Scaling group. */
export const FLEET_DIMENSION = 'AutoScalingGroupName';

/** Each of the provisioner's metrics with its unit. Every scheduled call writes all of them. */
export const FLEET_METRICS = {
  /** Instances in service that no execution needs, or that run no worker. */
  IdleInstances: 'Count',
  /** Instances that should have ended and have not. */
  StuckInstances: 'Count',
} as const;

export type FleetMetric = keyof typeof FLEET_METRICS;

/**
 * A log line in CloudWatch's embedded metric format, which needs no API call and no right. `units` has the metrics that there are, `values`
 * those of this line: a number, or at most 100 numbers. `timestamp`: milliseconds since the epoch.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine<Name extends string>(
  units: Record<Name, string>,
  dimension: { name: string; value: string },
  values: Partial<Record<Name, number | number[]>>,
  timestamp: number,
): string {
  const metrics = Object.entries(units).filter(([name]) => name in values);
  const Metrics = metrics.map(([Name, Unit]) => ({ Name, Unit }));
  const CloudWatchMetrics = [{ Namespace: NAMESPACE, Dimensions: [[dimension.name]], Metrics }];
  const _aws = { Timestamp: timestamp, CloudWatchMetrics };
  return JSON.stringify({ _aws, [dimension.name]: dimension.value, ...values });
}
