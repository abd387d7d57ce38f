/**
 * The worker's metrics, as log lines in CloudWatch's embedded metric format: no API calls, no rights needed.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { TaskOutcome } from './processing/thread';

const NAMESPACE = 'BatchProcessor';
const PERIOD_MILLISECONDS = 60_000;
/** The format takes at most 100 values of a metric in one line. */
const MOST_VALUES = 100;

const UNITS = {
  ObjectsProcessed: 'Count',
  ObjectsSkipped: 'Count',
  ObjectsFailed: 'Count',
  SecondsPerObject: 'Seconds',
  BytesIn: 'Bytes',
  BytesOut: 'Bytes',
  SlotsBusy: 'Count',
} as const;

export class Metrics {
  private sums = noSums();
  private seconds: number[] = [];
  private busy = 0;
  private readonly timer: NodeJS.Timeout;

  /** `family`: of the task definition, the metrics' dimension. */
  constructor(private readonly family: string) {
    this.timer = setInterval(() => this.flush(), PERIOD_MILLISECONDS);
  }

  taskStarted(): void {
    this.busy += 1;
  }

  taskEnded(): void {
    this.busy -= 1;
  }

  countFailed(objects: number): void {
    this.sums.ObjectsFailed += objects;
  }

  count({ results, failures }: TaskOutcome): void {
    this.countFailed(failures.length);
    for (const result of results) {
      if (result.status === 'skipped') {
        this.sums.ObjectsSkipped += 1;
        continue;
      }
      this.sums.ObjectsProcessed += 1;
      this.sums.BytesIn += result.bytes_in;
      this.sums.BytesOut += result.bytes_out;
      this.seconds.push(result.processing_time);
      if (this.seconds.length === MOST_VALUES) this.flush();
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.flush();
  }

  /** Writes what has come together since the last line; nothing while the worker is idle. */
  private flush(): void {
    const { sums, seconds, busy } = this;
    if (busy === 0 && Object.values(sums).every((sum) => sum === 0)) return;
    this.sums = noSums();
    this.seconds = [];
    const values = { ...sums, SlotsBusy: busy, ...(seconds.length > 0 && { SecondsPerObject: seconds }) };
    const metrics = Object.entries(UNITS).filter(([name]) => name in values);
    const line = {
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace: NAMESPACE,
            Dimensions: [['Family']],
            Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })),
          },
        ],
      },
      Family: this.family,
      ...values,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

function noSums() {
  return { ObjectsProcessed: 0, ObjectsSkipped: 0, ObjectsFailed: 0, BytesIn: 0, BytesOut: 0 };
}
