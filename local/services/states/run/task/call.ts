/** One attempt of a Task state. */
import { StatesError, TIMEOUTS } from '../../language/errors';
import type { Json } from '../../language/json';
import type { EnteredState } from '../entered-state';

export interface Call {
  entered: EnteredState;
  arguments: Json;
  /** The arguments as JSON text. */
  text: string;
  timeoutSeconds?: number;
  heartbeatSeconds?: number;
}

/** Records the error in the history and returns it. */
export function recorded(
  { execution }: EnteredState,
  kind: 'Activity' | 'Task',
  failure: unknown,
  named = {},
): unknown {
  if (failure instanceof StatesError) {
    const { error, cause } = failure;
    const what = TIMEOUTS.includes(error ?? '') ? 'TimedOut' : 'Failed';
    execution.history.record(`${kind}${what}`, { ...named, error, cause });
  }
  return failure;
}
