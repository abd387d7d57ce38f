/** What the workers log, as it comes: CloudWatch Logs, on AWS and in the local cloud. */
import { type CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';

export interface WorkerLogOptions {
  client: CloudWatchLogsClient;
  logGroupName: string;
  /** Milliseconds since the epoch: earlier lines are left out. */
  since: number;
  /** Seconds for which CloudWatch may hold a line back, while it shows later ones of other workers. Default: 30. */
  delaySeconds?: number;
  /** A filter pattern of CloudWatch Logs: `{ $.level = "error" }`. Default: all lines. */
  filterPattern?: string;
}

export interface LoggedLine {
  /** Milliseconds since the epoch. */
  timestamp: number;
  message: string;
  /** Name of the log stream, which ends with the id of the worker. */
  stream: string;
}

/** CloudWatch takes some seconds for a line, more under load. */
const DELAY_SECONDS = 30;
/**
 * The clock of this machine may be wrong by this much before AWS refuses its requests and the SDK corrects it (systemClockOffset).
 * Lines take some time, too.
 */
const CLOCK_MILLISECONDS = 360_000;

export class WorkerLog {
  /** Time of each event that was read, by its id, as far back as events may still come. */
  private readonly seen = new Map<string, number>();
  /** Events of later reads have this time at least. */
  private from: number;

  constructor(private readonly options: WorkerLogOptions) {
    this.from = options.since;
  }

  /**
   * The lines that have come since the last call, as they are read: a log may have millions. After an error, the next call goes on with
   * the lines that nobody has taken.
   */
  async *read(): AsyncGenerator<LoggedLine> {
    const { client, logGroupName, filterPattern, delaySeconds = DELAY_SECONDS } = this.options;
    const query = { logGroupName, startTime: this.from, filterPattern };
    const now = Date.now() + client.config.systemClockOffset;
    let newest = this.from;
    // In the order of their times.
    for await (const { events = [] } of paginateFilterLogEvents({ client }, query)) {
      for (const { eventId = '', timestamp = 0, message = '', logStreamName: stream = '' } of events) {
        if (this.seen.has(eventId)) continue;
        this.seen.set(eventId, timestamp);
        newest = Math.max(newest, timestamp);
        yield { timestamp, message, stream };
      }
      this.advance(newest - delaySeconds * 1000);
    }
    // Lines of a pattern may be rare, and CloudWatch reads all lines since then to find them.
    this.advance(now - CLOCK_MILLISECONDS);
  }

  private advance(time: number): void {
    this.from = Math.max(this.from, time);
    for (const [eventId, timestamp] of this.seen) if (timestamp < this.from) this.seen.delete(eventId);
  }
}
