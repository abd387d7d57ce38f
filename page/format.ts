/** Numbers and times as people read them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const digits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export const count = (value: number): string => whole.format(value);

/** `3 objects`, `1 object` */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

export const rate = (value: number): string => (value >= 100 ? whole : tenth).format(value);

export const percent = (share: number): string =>
  `${(share > 0 && share < 0.01 ? digits : tenth).format(100 * share)}%`;

const SIZES = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Powers of 1000: `1.5 MB`. */
export function size(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), SIZES.length - 1);
  return `${power === 0 ? whole.format(bytes) : digits.format(bytes / 1000 ** power)} ${SIZES[power]}`;
}

/** `820 ms`, `1.5 s`, `2 min 5 s`, `1 h 2 min`, `3 d 4 h` */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${whole.format(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${tenth.format(seconds)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 3600) return parts(Math.floor(rounded / 60), 'min', rounded % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return parts(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(seconds / 3600);
  return parts(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const parts = (large: number, unit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;

/** Time since the start, as an axis and a clock show it: `2.5 s`, `1:05`, `1:00:05`. */
export function elapsed(seconds: number): string {
  if (seconds < 60 && !Number.isInteger(seconds)) return `${digits.format(seconds)} s`;
  const rounded = Math.round(seconds);
  const [hours, minutes, rest] = [
    Math.floor(rounded / 3600),
    Math.floor((rounded % 3600) / 60),
    rounded % 60,
  ];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export const dollars = (value: number): string =>
  value > 0 && value < 0.005
    ? '< $0.01'
    : `$${value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** To compare small amounts: `< $0.0001`, `$0.0161`, `$0.42`. */
export function smallDollars(value: number): string {
  if (value > 0 && value < 0.0001) return '< $0.0001';
  return value > 0 && value < 0.1 ? `$${value.toFixed(4)}` : dollars(value);
}

const dateTime = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' });

/** In the reader's time zone. `milliseconds`: since the epoch. */
export const instant = (milliseconds: number): string => dateTime.format(milliseconds);

export const timeZone = (milliseconds: number): string =>
  zone.formatToParts(milliseconds).find(({ type }) => type === 'timeZoneName')?.value ?? '';

/** The first letters of a worker's id tell workers apart. */
export const shortId = (worker: string): string => worker.slice(0, 8);

export const workerSlot = (worker: string | undefined, slot: number | undefined): string =>
  worker === undefined ? '' : shortId(worker) + (slot === undefined ? '' : ` · slot ${slot}`);
