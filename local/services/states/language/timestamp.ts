/**
 * Points in time as a Wait state takes them: RFC 3339 with `T` and an offset. JavaScript's own parser takes much else.
 * Source: Amazon States Language, "Timestamps".
 */
const FORM =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[-+](?:0\d|1[0-7]):[0-5]\d|[-+]18:00)$/i;

/** Milliseconds since 1970, or undefined for any other text. */
export function parseTimestamp(text: string): number | undefined {
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset] = FORM.exec(text) ?? [];
  if (offset === undefined) return undefined;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  // The parser carries over what a month or a day does not have.
  const exact = new Date(`${local}Z`);
  if (Number.isNaN(exact.getTime()) || exact.toISOString().slice(0, local.length) !== local) return undefined;
  return Date.parse(`${local}${fraction.slice(0, 4)}${offset.toUpperCase()}`);
}
