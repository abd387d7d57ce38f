/** Log groups and streams in memory: the newest events of each stream. */
import { ServiceError } from '../../core/service';

/** As FilterLogEvents gives it; times in milliseconds since the epoch. */
export interface LogEvent {
  logStreamName: string;
  timestamp: number;
  ingestionTime: number;
  message: string;
  eventId: string;
}

export interface LogGroup {
  name: string;
  arn: string;
  creationTime: number;
  retentionInDays?: number;
  /** Events by the stream's name. */
  streams: Map<string, LogEvent[]>;
}

/** Limit of each stream, so memory does not grow with the number of runs. */
const MAX_EVENTS_PER_STREAM = 2_000;
/** Limit of each group; the oldest stream is removed first. */
const MAX_STREAMS_PER_GROUP = 500;

export class LogStore {
  readonly groups = new Map<string, LogGroup>();
  private sequence = 0;

  /** `onEvent` sees every event as it is written. */
  constructor(private readonly onEvent?: (group: string, stream: string, message: string) => void) {}

  addGroup(name: string, arn: string, retentionInDays?: number): void {
    this.groups.set(name, { name, arn, retentionInDays, creationTime: Date.now(), streams: new Map() });
  }

  /** Throws ResourceNotFoundException. */
  group(name: string): LogGroup {
    const group = this.groups.get(name);
    if (group) return group;
    throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
  }

  /** Nothing is kept for a group that does not exist, as nothing is on AWS. */
  write(groupName: string, logStreamName: string, message: string): void {
    this.onEvent?.(groupName, logStreamName, message);
    const streams = this.groups.get(groupName)?.streams;
    if (!streams) return;
    const events = streams.get(logStreamName) ?? [];
    streams.set(logStreamName, events);
    const [oldest] = streams.keys();
    if (streams.size > MAX_STREAMS_PER_GROUP && oldest) streams.delete(oldest);
    const eventId = String(this.sequence++).padStart(56, '0');
    const timestamp = Date.now();
    events.push({ logStreamName, timestamp, ingestionTime: timestamp, message, eventId });
    if (events.length > MAX_EVENTS_PER_STREAM) events.splice(0, MAX_EVENTS_PER_STREAM / 10);
  }
}
