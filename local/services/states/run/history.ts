/** The event history of one execution. Event types and details: API reference, HistoryEvent. */
import { StatesError } from '../language/errors';

export interface HistoryEvent {
  /** Milliseconds since 1970: a Date takes more memory than the rest of an event, and executions are kept. */
  timestamp: number;
  type: string;
  id: number;
  previousEventId: number;
  details?: Record<string, unknown>;
}

interface Placement {
  /** Default: as AWS was recorded to do. */
  previousEventId?: number;
  /** Whether the execution ends with it. */
  last?: boolean;
}

/** Source: Developer Guide, "Service quotas", Quotas related to state machine executions. */
export const MAX_EVENTS = 25_000;

export class History {
  readonly events: HistoryEvent[] = [];
  /** The event that entered the current state. */
  entered: HistoryEvent = { timestamp: 0, type: '', id: 0, previousEventId: 0 };
  /** Id of the event that started the map run of the current state, or redrove it. */
  private mapRunId = 0;
  /** Characters of input, output and the like in all events. */
  size = 0;

  /** Adds an event. Throws States.Runtime when only the one event is left that ends the execution. */
  record(type: string, details?: Record<string, unknown>, { previousEventId, last }: Placement = {}): void {
    if (!last && this.events.length >= MAX_EVENTS - 1) {
      const why = `The execution reached the maximum number of history events (${MAX_EVENTS}).`;
      throw new StatesError('States.Runtime', why);
    }
    const id = this.events.length + 1;
    const previous = previousEventId ?? this.previousOf(type, id);
    const event = { timestamp: Date.now(), type, id, previousEventId: previous, details };
    this.events.push(event);
    for (const name in details) {
      const value = details[name];
      if (typeof value === 'string') this.size += value.length;
    }
    if (type.endsWith('StateEntered')) this.entered = event;
    if (type === 'MapRunStarted' || type === 'MapRunRedriven') this.mapRunId = id;
  }

  /** The first state does not follow ExecutionStarted, and a map is left where its run began; all else follows the event before. */
  private previousOf(type: string, id: number): number {
    if (id === 2) return 0;
    const isMapDone = type === 'MapStateExited' && this.events.at(-1)?.type === 'MapStateSucceeded';
    return isMapDone ? this.mapRunId : id - 1;
  }
}

/** An event as GetExecutionHistory gives it; without the data if its input and output are not wanted. */
export function presented({ details, timestamp, ...rest }: HistoryEvent, withData: boolean): object {
  const event = { timestamp: new Date(timestamp), ...rest };
  if (!details) return event;
  // TaskStateEntered has stateEnteredEventDetails, but TaskSucceeded has taskSucceededEventDetails.
  const name = /State(Entered|Exited)$/.exec(event.type)?.[0] ?? event.type;
  const shown = { ...details };
  for (const data of ['input', 'output', 'assignedVariables']) {
    if (details[data] === undefined) continue;
    if (withData) shown[`${data}Details`] = { truncated: false };
    else delete shown[data];
  }
  return { ...event, [`${name.charAt(0).toLowerCase()}${name.slice(1)}EventDetails`]: shown };
}
