import { covers } from '../language/errors';
import type { Retrier } from '../language/schema';

/**
 * Milliseconds to wait before the next attempt, or undefined if there is none. The first retrier that covers the error
 * decides; `attempts` counts the retries of each since the state was entered.
 * Defaults: IntervalSeconds 1, MaxAttempts 3, BackoffRate 2, no jitter.
 */
export function retryDelay(
  retriers: readonly Retrier[],
  error: string | undefined,
  attempts: Map<Retrier, number>,
): number | undefined {
  const retrier = retriers.find(({ ErrorEquals }) => covers(ErrorEquals, error));
  if (!retrier) return undefined;
  const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds, JitterStrategy } = retrier;
  const retries = attempts.get(retrier) ?? 0;
  if (retries >= MaxAttempts) return undefined;
  attempts.set(retrier, retries + 1);
  const seconds = Math.min(IntervalSeconds * BackoffRate ** retries, MaxDelaySeconds ?? 31_622_400);
  return seconds * 1_000 * (JitterStrategy === 'FULL' ? Math.random() : 1);
}
