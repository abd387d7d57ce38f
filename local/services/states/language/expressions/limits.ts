/**
 * The limits of one evaluation, and what Step Functions says of each. All fail with States.QueryEvaluationError.
 * Source: Developer Guide, "Transforming data with JSONata", Handling expression errors. The guide gives the second;
 * the depth and the size are measured on AWS.
 */

/** Nested evaluations: `1+1+…+1` has one for each of its numbers. */
export const MAX_DEPTH = 100;
/** Milliseconds of the processor, so that a busy machine fails no expression. */
export const MAX_CPU_MILLISECONDS = 1_000;
/** Bytes of one value: a character counts as one, an element of an array as eight. */
export const MAX_VALUE_BYTES = 6_990_256;
/** Megabytes of all values together, in the JavaScript heap and of the whole process. */
export const MAX_HEAP_MEGABYTES = 192;
export const MAX_PROCESS_MEGABYTES = 400;
/** The signal for a process whose evaluation took too long; any other signal means memory. */
export const TIMEOUT_SIGNAL = 'SIGALRM';

/** An evaluation that passed a limit. */
export class LimitExceeded extends Error {}

export const STACK_EXCEEDED = new LimitExceeded(
  'Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.',
);
export const MEMORY_EXCEEDED = new LimitExceeded(
  'Expression evaluation memory limit exceeded: Check for excessive memory usage',
);
export const TIME_EXCEEDED = new LimitExceeded('Expression evaluation timeout: Check for infinite loop');
