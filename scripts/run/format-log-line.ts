/** A line of a worker's log, for people. */

/** Shown otherwise, or the same in every line. */
const LEFT_OUT = new Set([
  'timestamp',
  'level',
  'message',
  'key',
  'worker_id',
  'execution',
  'bucket',
  'stack',
]);

/**
 * `10:00:00.123 info  data/a.txt: hello attempt=1`, and the stack of an error below it. None for metrics, and for what another
 * execution did. `timestamp`: milliseconds since the epoch, of a line that has none itself. Times are UTC.
 */
export function formatLogLine(text: string, timestamp: number, execution: string): string[] {
  const line = parse(text);
  if (!line) return [`${timeOf(timestamp)} ${text.trimEnd()}`];
  const { level, message, key, stack } = line;
  if (typeof message !== 'string') return [];
  if (line.execution !== undefined && line.execution !== execution) return [];
  const subject = typeof key === 'string' ? `${key}: ` : '';
  const details = Object.entries(line)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const time = timeOf(typeof line.timestamp === 'string' ? line.timestamp : timestamp);
  const first = `${time} ${String(level).padEnd(5)} ${subject}${message}${details.join('')}`;
  return [...first.split('\n'), ...(typeof stack === 'string' ? stack.split('\n') : [])];
}

function timeOf(time: number | string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString().slice(11, 23);
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
