/** The workers' log lines, as they come: CloudWatch Logs, on AWS and in the local cloud. */
import { type CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { formatLogLine } from './format-log-line';

export interface WorkerLogOptions {
  client: CloudWatchLogsClient;
  logGroupName: string;
  /** Name of the execution: lines that name another one are left out, since executions share the fleet. */
  execution: string;
  /** Milliseconds since the epoch: earlier lines are left out. */
  since: number;
  /** Seconds for which CloudWatch may hold a line back, while it shows later ones of other workers. */
  delaySeconds: number;
}

export class WorkerLog {
  /** Time of each event that was read, by its id, as far back as events may still come. */
  private readonly seen = new Map<string, number>();
  private newest: number;

  constructor(private readonly options: WorkerLogOptions) {
    this.newest = options.since;
  }

  /** The lines, for people, that have come since the last call. */
  async read(): Promise<string[]> {
    const { client, logGroupName, execution, since, delaySeconds } = this.options;
    const startTime = Math.max(since, this.newest - delaySeconds * 1000);
    const lines: string[] = [];
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime })) {
      for (const { eventId = '', timestamp = 0, message = '' } of events) {
        if (this.seen.has(eventId)) continue;
        this.seen.set(eventId, timestamp);
        this.newest = Math.max(this.newest, timestamp);
        lines.push(...formatLogLine(message, timestamp, execution));
      }
    }
    for (const [eventId, timestamp] of this.seen) if (timestamp < startTime) this.seen.delete(eventId);
    return lines;
  }

  close(): void {
    this.options.client.destroy();
  }
}
