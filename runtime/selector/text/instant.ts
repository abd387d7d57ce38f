/** Points in time as people write them. */
const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
const AGO = /^(\d{1,6}) ?(min|h|d|w)(?: ago)?$/i;
const MINUTES: Record<string, number> = { min: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 };

/**
 * A date (`2026-01-01`: its first moment), a date with a time (`2026-01-01T12:00`), in UTC if it names no zone, or a time before
 * `now` (`7d`, `12h`, `30min`, `2w`). Throws an Error that says what is allowed.
 */
export function parseInstant(text: string, now: Date): Date {
  const instant = parseDate(text.trim()) ?? parseAgo(text.trim(), now);
  if (instant) return instant;
  throw new Error(
    `${JSON.stringify(text)} is not a date: give one such as 2026-01-31, with a time 2026-01-31T12:00Z (UTC if it names no zone), or a time ago such as 30min, 12h, 7d or 2w`,
  );
}

function parseDate(text: string): Date | undefined {
  const found = DATE.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone = 'Z'] = found;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const utc = new Date(`${local}Z`);
  // Date turns 30 February into 2 March, and 24:00 into the next day.
  if (Number.isNaN(utc.getTime()) || utc.toISOString().slice(0, 19) !== local) return undefined;
  const instant = new Date(`${local}${zone}`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

function parseAgo(text: string, now: Date): Date | undefined {
  const found = AGO.exec(text);
  if (!found) return undefined;
  const [, count, unit = ''] = found;
  const instant = new Date(now.getTime() - Number(count) * (MINUTES[unit.toLowerCase()] ?? 0) * 60_000);
  return instant.getTime() >= 0 ? instant : undefined;
}
