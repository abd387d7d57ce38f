/** The progress line: one look at a running execution. */
import type { Snapshot } from '../../client';
import type { RunProgress } from '../../client/follow/tracker';
import { formatCounts, formatSeconds } from '../cli/amounts';

/**
 * `Processing: 29 of 77 objects (38%), 20.3/s, 2s left, 10 of 10 workers, 3 failed (PermanentError 3), $0.01`. The most important parts come first,
 * since a terminal cuts the end off. Workers that run for other executions do not
 * count. `cost`: the text for what it costs so far; undefined if that is not known.
 */
export function describeProgress(
  { phase, workersRunning, workersStarting = 0, shortage, total, done, failed, tries }: Snapshot,
  { share, rate, secondsLeft }: RunProgress,
  workers: number,
  cost?: string,
): string {
  const running =
    workersRunning === undefined ? [] : [`${Math.min(workersRunning, workers)} of ${workers} workers`];
  if (phase === 'provisioning') {
    const starting = workersStarting > 0 ? [`${workersStarting} starting`] : [];
    const begun = [...running.map((text) => `${text} running`), ...starting, shortage, cost];
    return `Provisioning: ${begun.filter(Boolean).join(', ')}`;
  }
  const parts = [
    total === 0 ? 'no objects yet' : describeDone(done, total, share),
    rate === undefined || total === 0 ? undefined : `${rate.toFixed(rate < 1 ? 2 : 1)}/s`,
    secondsLeft === undefined || phase !== 'processing' ? undefined : `${formatSeconds(secondsLeft)} left`,
    ...running,
    describeFailed(failed, tries?.failed),
    describeTries('retried', tries?.retried),
    tries && tries.interruptions > 0 ? `${tries.interruptions} interrupted` : undefined,
    cost,
  ];
  const name = phase === 'processing' ? 'Processing' : 'Deprovisioning';
  return `${name}: ${parts.filter(Boolean).join(', ')}`;
}

function describeDone(done: number, total: number, share?: number): string {
  return `${done} of ${total} objects${share === undefined ? '' : ` (${Math.floor(share * 100)}%)`}`;
}

function describeFailed(failed: number, errors: Record<string, number> = {}): string {
  const named = failed > 0 && Object.keys(errors).length > 0 ? ` (${formatCounts(errors)})` : '';
  return `${failed} failed${named}`;
}

function describeTries(what: string, counts: Record<string, number> = {}): string | undefined {
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  return sum > 0 ? `${sum} ${what} (${formatCounts(counts)})` : undefined;
}
