/** Log groups and streams in memory: the newest events of each stream. */
import { ServiceError } from '../service';

export interface LogEvent {
  /** Milliseconds since the epoch. */
  timestamp: number;
  ingestionTime: number;
  message: string;
  eventId: string;
}

export interface LogStream {
  name: string;
  creationTime: number;
  events: LogEvent[];
}

export interface LogGroup {
  name: string;
  arn: string;
  creationTime: number;
  retentionInDays?: number;
  streams: Map<string, LogStream>;
}

/** Of each stream, so that memory does not grow with what has run. */
const MAX_EVENTS_PER_STREAM = 2_000;
/** Of each group; the oldest stream goes first. */
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
    if (!group)
      throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  }

  /** Nothing is kept for a group that is not there, as nothing is on AWS. */
  write(groupName: string, streamName: string, message: string): void {
    this.onEvent?.(groupName, streamName, message);
    const group = this.groups.get(groupName);
    if (!group) return;
    const now = Date.now();
    let stream = group.streams.get(streamName);
    if (!stream) {
      stream = { name: streamName, creationTime: now, events: [] };
      group.streams.set(streamName, stream);
      const [oldest] = group.streams.keys();
      if (group.streams.size > MAX_STREAMS_PER_GROUP && oldest) group.streams.delete(oldest);
    }
    stream.events.push({
      timestamp: now,
      ingestionTime: now,
      message,
      eventId: String(this.sequence++).padStart(56, '0'),
    });
    if (stream.events.length > MAX_EVENTS_PER_STREAM) stream.events.splice(0, MAX_EVENTS_PER_STREAM / 10);
  }
}
