import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits before another try: a random time up to `base` doubled with every attempt, at most `longest` (full jitter, as
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ recommends). Throws when aborted.
 */
export function backOff(attempt: number, signal?: AbortSignal, base = 500, longest = 20_000): Promise<void> {
  const ceiling = Math.min(longest, base * 2 ** Math.min(attempt, 20));
  return delay(Math.random() * ceiling, undefined, { signal });
}
