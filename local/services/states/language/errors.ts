/** The errors of states and executions, by the names that `Retry` and `Catch` see. */
import type { JsonObject } from './json';

/** Characters; API reference, `error` and `cause` of ExecutionFailedEventDetails. */
export const MAX_ERROR = 256;
export const MAX_CAUSE = 32_768;

/** An error of a state, by the name that `Retry` and `Catch` see. It is cut to the lengths that the API allows. */
export class StatesError extends Error {
  override readonly cause?: string;

  constructor(
    /** None of a Fail state that names none. */
    readonly error: string | undefined,
    cause?: string,
  ) {
    super([error, cause].filter(Boolean).join(': '));
    this.error = error?.slice(0, MAX_ERROR);
    this.cause = cause?.slice(0, MAX_CAUSE);
  }

  /** What `$states.errorOutput` is, and the output of a `Catch` that gives none. */
  get output(): JsonObject {
    return { Error: this.error ?? '', Cause: this.cause ?? '' };
  }
}

/** An error of a state itself, not of what it calls: its cause begins with the state's name, once that is known. */
export class StateError extends StatesError {}

/** A field of a state has no value, or none that it may have. */
export class EvaluationError extends StateError {
  constructor(
    cause: string,
    /** Path of the field: `Arguments/Payload`. */
    readonly location?: string,
    /** Whether the state had begun its work; an expression fails before. */
    readonly begun = false,
  ) {
    super('States.QueryEvaluationError', cause);
  }
}

export function asStatesError(error: unknown): StatesError {
  return error instanceof StatesError ? error : new StatesError('States.Runtime', String(error));
}

/** @param what a state, or the type of resource that a task calls */
export function tooLarge(what: string, does = 'returned a result'): StatesError {
  const why = `The state/task '${what}' ${does} with a size exceeding the maximum number of bytes service limit.`;
  return new StatesError('States.DataLimitExceeded', why);
}

export const TIMEOUTS = ['States.Timeout', 'States.HeartbeatTimeout'];

/**
 * Whether `ErrorEquals` of a retrier or catcher covers an error.
 * Source: Developer Guide, "Handling errors in Step Functions workflows", Error names. By the guide `States.ALL` does not cover
 * States.DataLimitExceeded; AWS was recorded to catch that of a task.
 */
export function covers(errorEquals: readonly string[], error = ''): boolean {
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === 'States.ALL') return true;
    if (name === 'States.TaskFailed') return !TIMEOUTS.includes(error);
    // A missed heartbeat is a timeout too, so either name matches it.
    return name === error || (name === 'States.Timeout' && error === 'States.HeartbeatTimeout');
  });
}
