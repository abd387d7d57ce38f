import { setTimeout as delay } from 'node:timers/promises';

const BASE_MILLISECONDS = 500;
const MAX_MILLISECONDS = 20_000;

/**
 * The longest wait before another try: half a second, doubled with every attempt (from 0), 20 s at most. The wait is a
 * random time up to it: full jitter, as
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ recommends.
 */
export function maxBackOff(attempt: number): number {
  return Math.min(MAX_MILLISECONDS, BASE_MILLISECONDS * 2 ** attempt);
}

/** Waits before another try. Throws when aborted. */
export function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  return delay(Math.random() * maxBackOff(attempt), undefined, { signal });
}
