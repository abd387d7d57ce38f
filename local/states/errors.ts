import { ServiceError } from '../service';
import type { JsonObject } from './json';

/** Characters; API reference, `error` and `cause` of ExecutionFailedEventDetails. */
export const MAX_ERROR = 256;
export const MAX_CAUSE = 32_768;

/** An error of a state, by the name that `Retry` and `Catch` see. It is cut to the lengths that the API allows. */
export class StatesError extends Error {
  readonly error: string;
  override readonly cause?: string;

  constructor(error: string, cause?: string) {
    super(error.slice(0, MAX_ERROR));
    this.error = this.message;
    this.cause = cause?.slice(0, MAX_CAUSE);
    if (this.cause) this.message += `: ${this.cause}`;
  }

  /** What `$states.errorOutput` is, and the output of a `Catch` that gives none. */
  get output(): JsonObject {
    return { Error: this.error, ...(this.cause === undefined ? {} : { Cause: this.cause }) };
  }
}

export function asStatesError(error: unknown): StatesError {
  return error instanceof StatesError ? error : new StatesError('States.Runtime', String(error));
}

export function tooLarge(what: string): StatesError {
  const why = `${what} with a size exceeding the maximum number of bytes service limit.`;
  return new StatesError('States.DataLimitExceeded', why);
}

/** These end the execution whatever `States.ALL` says. */
const NOT_IN_ALL = ['States.Runtime', 'States.DataLimitExceeded'];
export const TIMEOUTS = ['States.Timeout', 'States.HeartbeatTimeout'];

/**
 * Whether `ErrorEquals` of a retrier or catcher covers an error.
 * Source: Developer Guide, "Handling errors in Step Functions workflows", Error names.
 */
export function covers(errorEquals: readonly string[], error: string): boolean {
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === 'States.ALL') return !NOT_IN_ALL.includes(error);
    if (name === 'States.TaskFailed') return ![...NOT_IN_ALL, ...TIMEOUTS].includes(error);
    // A missed heartbeat is a timeout too, so either name matches it.
    return name === error || (name === 'States.Timeout' && error === 'States.HeartbeatTimeout');
  });
}

/** The answer to a request whose member breaks the API's own constraints. */
export function validationError(member: string, value: unknown, constraint: string): ServiceError {
  const shown = value === undefined || value === null ? 'null ' : '';
  return new ServiceError(
    'ValidationException',
    `1 validation error detected: Value ${shown}at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
