/**
 * Counts what the worker does, and writes it as log lines in CloudWatch's embedded metric format: no API calls, no rights.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { WORKER_DIMENSION, WORKER_METRICS, WORKER_NAMESPACE, type WorkerMetric } from '../metrics';
import type { PerformedTask } from './tasks/perform-task';

const PERIOD_MILLISECONDS = 60_000;
/** The format takes at most 100 values of a metric in one line. */
const MAX_VALUES = 100;

export class Metrics {
  private sums = noSums();
  private seconds: number[] = [];
  private busy = 0;
  private readonly timer: NodeJS.Timeout;

  /** `family`: of the task definition, the metrics' dimension. `write` takes one line. */
  constructor(
    private readonly family: string,
    private readonly write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
  ) {
    this.timer = setInterval(() => this.flush(), PERIOD_MILLISECONDS);
  }

  taskStarted(): void {
    this.busy += 1;
  }

  taskEnded(): void {
    this.busy -= 1;
  }

  count({ results, failed }: Pick<PerformedTask, 'results' | 'failed'>): void {
    this.sums.ObjectsFailed += failed;
    for (const result of results) {
      if (result.status === 'skipped') {
        this.sums.ObjectsSkipped += 1;
        continue;
      }
      this.sums.ObjectsProcessed += 1;
      this.sums.BytesIn += result.bytes_in;
      this.sums.BytesOut += result.bytes_out;
      this.seconds.push(result.processing_time);
      if (this.seconds.length === MAX_VALUES) this.flush();
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.flush();
  }

  /** Writes what was counted since the last line; nothing while the worker is idle. */
  private flush(): void {
    const { sums, seconds, busy } = this;
    if (busy === 0 && Object.values(sums).every((sum) => sum === 0)) return;
    this.sums = noSums();
    this.seconds = [];
    const values = { ...sums, SlotsBusy: busy, ...(seconds.length > 0 && { SecondsPerObject: seconds }) };
    this.write(JSON.stringify(metricLine(this.family, values, Date.now())));
  }
}

function noSums() {
  return { ObjectsProcessed: 0, ObjectsSkipped: 0, ObjectsFailed: 0, BytesIn: 0, BytesOut: 0 };
}

function metricLine(
  family: string,
  values: Partial<Record<WorkerMetric, number | number[]>>,
  Timestamp: number,
): object {
  const metrics = Object.entries(WORKER_METRICS).filter(([name]) => name in values);
  const Metrics = metrics.map(([Name, Unit]) => ({ Name, Unit }));
  const CloudWatchMetrics = [{ Namespace: WORKER_NAMESPACE, Dimensions: [[WORKER_DIMENSION]], Metrics }];
  return { _aws: { Timestamp, CloudWatchMetrics }, [WORKER_DIMENSION]: family, ...values };
}
