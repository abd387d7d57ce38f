/** What the workers log, as it comes: CloudWatch Logs, on AWS and in the local cloud. */
import { type CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';

export interface WorkerLogOptions {
  client: CloudWatchLogsClient;
  logGroupName: string;
  /** Milliseconds since the epoch: earlier lines are left out. */
  since: number;
  /** Seconds for which CloudWatch may hold a line back, while it shows later ones of other workers. */
  delaySeconds: number;
  /** Of CloudWatch: `{ $.level = "error" }`. Default: all lines. */
  filterPattern?: string;
}

export interface LoggedLine {
  /** Milliseconds since the epoch. */
  timestamp: number;
  message: string;
  /** Name of the log stream, which ends with the id of the worker. */
  stream: string;
}

export class WorkerLog {
  /** Time of each event that was read, by its id, as far back as events may still come. */
  private readonly seen = new Map<string, number>();
  private newest: number;

  constructor(private readonly options: WorkerLogOptions) {
    this.newest = options.since;
  }

  /** The lines that have come since the last call. */
  async read(): Promise<LoggedLine[]> {
    const { client, since, delaySeconds, logGroupName, filterPattern } = this.options;
    const startTime = Math.max(since, this.newest - delaySeconds * 1000);
    const query = { logGroupName, startTime, filterPattern };
    const lines: LoggedLine[] = [];
    for await (const { events = [] } of paginateFilterLogEvents({ client }, query)) {
      for (const { eventId = '', timestamp = 0, message = '', logStreamName: stream = '' } of events) {
        if (this.seen.has(eventId)) continue;
        this.seen.set(eventId, timestamp);
        this.newest = Math.max(this.newest, timestamp);
        lines.push({ timestamp, message, stream });
      }
    }
    for (const [eventId, timestamp] of this.seen) if (timestamp < startTime) this.seen.delete(eventId);
    return lines;
  }
}
