/** Amounts as people read them. */

/** `45s`, `6m 12s`, `1h 03m`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (count: number) => String(count).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

/** `$0.42`, `$1,234.00`, `< $0.01`, of nothing `$0.00`. */
export function formatDollars(dollars: number): string {
  if (dollars > 0 && dollars < 0.01) return '< $0.01';
  return dollars.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

/** With more digits the fewer they are, to compare small amounts: `< $0.0001`, `$0.0161`, `$0.42`, `$1,234.00`. */
export function formatSmallDollars(dollars: number): string {
  if (dollars > 0 && dollars < 0.0001) return '< $0.0001';
  return dollars > 0 && dollars < 0.1 ? `$${dollars.toFixed(4)}` : formatDollars(dollars);
}

/** By name, the most frequent first: `PermanentError 2, StorageError 1`. */
export function formatCounts(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
