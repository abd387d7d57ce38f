/** The event history of one execution. Event types and details: API reference, HistoryEvent. */
import { StatesError } from './errors';

export interface HistoryEvent {
  timestamp: Date;
  type: string;
  id: number;
  previousEventId: number;
  details?: Record<string, unknown>;
}

/** Source: Developer Guide, "Service quotas", Quotas related to state machine executions. */
export const MAX_EVENTS = 25_000;

export class History {
  readonly events: HistoryEvent[] = [];
  /** Id of the event that entered the current state, which errors refer to. */
  enteredId = 0;
  /** Characters of input, output and the like in all events. */
  size = 0;

  /** Adds an event. Throws States.Runtime when only the one event is left that ends the execution. */
  record(type: string, details?: Record<string, unknown>, last = false): void {
    if (!last && this.events.length >= MAX_EVENTS - 1) {
      const why = `The execution reached the maximum number of history events (${MAX_EVENTS}).`;
      throw new StatesError('States.Runtime', why);
    }
    const id = this.events.length + 1;
    // The first state's event does not count ExecutionStarted as its predecessor.
    this.events.push({ timestamp: new Date(), type, id, previousEventId: id === 2 ? 0 : id - 1, details });
    for (const value of Object.values(details ?? {}))
      this.size += typeof value === 'string' ? value.length : 0;
    if (type.endsWith('StateEntered')) this.enteredId = id;
  }
}

/** An event as GetExecutionHistory gives it; without the data if its input and output are not wanted. */
export function presented({ details, ...event }: HistoryEvent, withData: boolean): object {
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
