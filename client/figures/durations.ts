/** How long objects took, as counts in columns. Each column is wider than the one before it, by a fixed factor. */
import type { DurationColumn, Durations } from './run-figures';

/** Columns in which durations double: a column is 2.2 % wide. */
const FINE = 32;
const MAX_COLUMNS = 40;
/** Times are in whole milliseconds. */
const SHORTEST_SECONDS = 0.001;

export class DurationCounts {
  private readonly counts = new Map<number, number>();
  private count = 0;
  private sum = 0;
  private max = 0;

  add(seconds: number): void {
    const column = Math.floor(Math.log2(Math.max(seconds, SHORTEST_SECONDS) / SHORTEST_SECONDS) * FINE);
    this.counts.set(column, (this.counts.get(column) ?? 0) + 1);
    this.count += 1;
    this.sum += seconds;
    this.max = Math.max(this.max, seconds);
  }

  get durations(): Durations {
    const { count, sum, max } = this;
    const sorted = [...this.counts].sort(([a], [b]) => a - b);
    const quantile = (share: number) => {
      let left = Math.ceil(share * count);
      let at = 0;
      for (const [column, within] of sorted) {
        if (left <= 0) break;
        left -= within;
        at = column;
      }
      return Math.min(startOf(at + 0.5), max);
    };
    return {
      count,
      mean: count === 0 ? 0 : sum / count,
      p50: quantile(0.5),
      p90: quantile(0.9),
      p99: quantile(0.99),
      max,
      columns: merged(sorted),
    };
  }
}

const startOf = (column: number) => SHORTEST_SECONDS * 2 ** (column / FINE);

/** As few that each can be seen, those without objects among them. */
function merged(sorted: [number, number][]): DurationColumn[] {
  const [first] = sorted[0] ?? [];
  const [last] = sorted.at(-1) ?? [];
  if (first === undefined || last === undefined) return [];
  let width = FINE / 8;
  while (Math.floor(last / width) - Math.floor(first / width) >= MAX_COLUMNS) width *= 2;
  const start = Math.floor(first / width);
  const columns: DurationColumn[] = [];
  for (let index = start; index <= Math.floor(last / width); index += 1)
    columns.push({ from: startOf(index * width), to: startOf((index + 1) * width), count: 0 });
  for (const [column, count] of sorted) {
    const found = columns[Math.floor(column / width) - start];
    if (found) found.count += count;
  }
  return columns;
}
