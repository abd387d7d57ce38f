/** The workers' own metrics: what the worker writes, and dashboard and alarms read. */

/** CloudWatch namespace. */
export const WORKER_NAMESPACE = 'BatchProcessor';

/** The metrics' only dimension: the family of the workers' task definition. */
export const WORKER_DIMENSION = 'Family';

/** Each metric with its unit. */
export const WORKER_METRICS = {
  ObjectsProcessed: 'Count',
  ObjectsSkipped: 'Count',
  ObjectsFailed: 'Count',
  /** One value an object that was processed. */
  SecondsPerObject: 'Seconds',
  BytesIn: 'Bytes',
  BytesOut: 'Bytes',
  /** When the line was written. */
  SlotsBusy: 'Count',
} as const;

export type WorkerMetric = keyof typeof WORKER_METRICS;
