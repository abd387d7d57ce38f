/** The event history of one execution. Event types and details: API reference, HistoryEvent. */
import { StatesError } from './errors';

export interface HistoryEvent {
  timestamp: Date;
  type: string;
  id: number;
  previousEventId: number;
  /** One `<type>EventDetails` member. */
  [details: string]: unknown;
}

/** Source: Developer Guide, "Service quotas", Quotas related to state machine executions. */
export const MAX_EVENTS = 25_000;

export class History {
  readonly events: HistoryEvent[] = [];

  /** Id of the event that entered the current state, which errors refer to. */
  enteredId = 0;

  /**
   * Adds an event. `member` is the name of its details in the API, `details` their value.
   * Throws States.Runtime when only the one event is left that ends the execution.
   */
  record(type: string, member?: string, details?: object, last = false): void {
    if (!last && this.events.length >= MAX_EVENTS - 1) {
      throw new StatesError(
        'States.Runtime',
        `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
      );
    }
    const id = this.events.length + 1;
    const event: HistoryEvent = {
      timestamp: new Date(),
      type,
      id,
      // The first state's event does not count ExecutionStarted as its predecessor.
      previousEventId: id === 2 ? 0 : id - 1,
    };
    if (member) event[member] = details;
    if (type.endsWith('StateEntered')) this.enteredId = id;
    this.events.push(event);
  }
}
