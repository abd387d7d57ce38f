/** A state that an execution has entered, and what its errors say. */
import { EvaluationError, StateError, StatesError } from '../language/errors';
import type { Scope } from '../language/expressions';
import type { Json, JsonObject } from '../language/json';
import type { Engine } from './engine';
import type { Execution } from './execution';

export interface EnteredState {
  engine: Engine;
  execution: Execution;
  /** The state's name. */
  name: string;
  input: Json;
  /** `RetryCount` if the state can be tried again. */
  context: JsonObject & { State: JsonObject };
  /** Continues what an earlier attempt at this state began: the execution was redriven. */
  redriven: boolean;
  /**
   * Evaluates a field; `extra` is what `$states` has beside, or instead of, the state's input and context. A promise only if something
   * has to be waited for.
   */
  evaluate(template: Json, field: string, extra?: Partial<Scope['states']>): Json | Promise<Json>;
}

/** Errors of the state itself say where they happened, and the history has failed evaluations. Any unexpected error is States.Runtime. */
export function explain(reason: unknown, { execution: { history }, name }: EnteredState): StatesError {
  if (reason instanceof StatesError && !(reason instanceof StateError)) return reason;
  const { entered } = history;
  const { error, cause } = reason instanceof StateError ? reason : { error: 'States.Runtime', cause: reason };
  const occurrence = `An error occurred while executing the state '${name}' (entered at the event id #${entered.id}).`;
  const explained = new StatesError(error, `${occurrence} ${cause}`);
  if (reason instanceof EvaluationError) {
    const { location, begun } = reason;
    const previousEventId = begun ? entered.id : entered.previousEventId;
    const details = { error, cause: explained.cause, location, state: name };
    history.record('EvaluationFailed', details, { previousEventId });
  }
  return explained;
}
