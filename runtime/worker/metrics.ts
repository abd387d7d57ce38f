/** Counts what the worker does, and writes it as metrics: a line a minute, also while the worker is idle. */
import { metricLine, WORKER_DIMENSION, WORKER_METRICS } from '../metrics';
import type { PerformedTask } from './tasks/perform-task';

const PERIOD_MILLISECONDS = 60_000;
/** The format takes at most 100 values of a metric in one line. */
const MAX_VALUES = 100;

export class Metrics {
  private sums = noSums();
  private seconds: number[] = [];
  private busy = 0;
  /** The most slots that were busy at once since the last line. */
  private mostBusy = 0;
  private readonly timer: NodeJS.Timeout;

  /** `family`: of the task definition, the metrics' dimension. `write` takes one line. */
  constructor(
    private readonly family: string,
    private readonly write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
  ) {
    this.timer = setInterval(() => this.flush(), PERIOD_MILLISECONDS);
  }

  slotTaken(): void {
    this.busy += 1;
    this.mostBusy = Math.max(this.mostBusy, this.busy);
  }

  slotFreed(): void {
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

  /** Writes what has not been written. */
  close(): void {
    clearInterval(this.timer);
    if (this.mostBusy > 0 || Object.values(this.sums).some((sum) => sum > 0)) this.flush();
  }

  /** An idle worker's line has zeros: so an alarm can distinguish it from a worker that is gone. */
  private flush(): void {
    const { sums, seconds, mostBusy } = this;
    this.sums = noSums();
    this.seconds = [];
    this.mostBusy = this.busy;
    const values = { ...sums, SlotsBusy: mostBusy, ...(seconds.length > 0 && { SecondsPerObject: seconds }) };
    const dimension = { name: WORKER_DIMENSION, value: this.family };
    this.write(metricLine(WORKER_METRICS, dimension, values, Date.now()));
  }
}

function noSums() {
  return { ObjectsProcessed: 0, ObjectsSkipped: 0, ObjectsFailed: 0, BytesIn: 0, BytesOut: 0 };
}
