/** Parsers of arguments and options. Each throws commander's InvalidArgumentError, which becomes one line. */
import { InvalidArgumentError } from 'commander';
import { EXECUTION_NAME } from '../../client/execution-name';

/** Parser of an option or argument that is a whole number. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`Give a whole number, ${range}.`);
  };
}

/** Parser of a whole number whose range is the workflow's to judge. */
export function wholeNumber(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
}

/** Parser of an execution's name. */
export function executionName(text: string): string {
  if (EXECUTION_NAME.test(text)) return text;
  throw new InvalidArgumentError('Give 1 to 80 letters, digits, hyphens or underscores.');
}

/** Parser of an execution's name or ARN. */
export function executionReference(text: string): string {
  return text.startsWith('arn:') ? text : executionName(text);
}

/** Parser of an option or argument that is a number. */
export function number(text: string): number {
  if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  throw new InvalidArgumentError('Give a number.');
}

const UNIT_SECONDS = { h: 3600, m: 60, s: 1 };

/** Parser of a time: `90s`, `30m`, `1h30m`; in seconds. */
export function duration(text: string): number {
  const [, h, m, s] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  const units = { h, m, s };
  const seconds = Object.entries(UNIT_SECONDS).reduce(
    (sum, [unit, length]) => sum + Number(units[unit as keyof typeof units] ?? 0) * length,
    0,
  );
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('Give a time, such as 30m, 2h or 1h30m.');
}

/** Parser of an amount of money: `5USD`, `$5`, `0.50`. */
export function dollars(text: string): number {
  const [, amount] = /^\$?(\d+(?:\.\d+)?)(?: ?USD)?$/i.exec(text) ?? [];
  if (Number(amount) > 0) return Number(amount);
  throw new InvalidArgumentError('Give an amount in USD, such as 5USD or 0.50.');
}

/** Parser of a repeatable NAME=VALUE option whose names are a processor's to choose. */
export function parameter(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Give NAME=VALUE.');
  return { ...previous, [name]: value };
}

/** Parser of a repeatable NAME=VALUE option. */
export function assignment(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Give NAME=VALUE.');
  return { ...previous, [name]: value };
}
