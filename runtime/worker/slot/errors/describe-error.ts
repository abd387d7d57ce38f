/** The value that a processor threw, in words. No value makes this throw. */
import { inspect } from 'node:util';
import { isNativeError } from 'node:util/types';

/** The most characters of a message with all its causes. */
const MAX_CHARACTERS = 8_000;
const MAX_DEPTH = 10;

/** The message with those of its causes: `a ← b`, `AggregateError (a; b)`. */
export function describeError(thrown: unknown): string {
  const text = describe(thrown, new Set());
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

/** Name and message of an error, or of what looks like one, without causes. A PermanentError's name is said elsewhere. */
export function headline(error: object): string {
  const name = textOf(error, 'name') || 'Error';
  const message = textOf(error, 'message') || textOf(error, 'code');
  if (!message) return name;
  return name === 'PermanentError' ? message : `${name}: ${message}`;
}

/** The next errors of the chain: what an AggregateError has gathered, and the cause. */
export function errorsBelow(error: object): { gathered: unknown[]; causes: unknown[] } {
  const gathered = read(error, 'errors');
  const cause = read(error, 'cause');
  return {
    gathered: Array.isArray(gathered) ? gathered : [],
    causes: cause === undefined || cause === null ? [] : [cause],
  };
}

/** An error of any realm, or an object with a message. */
export function isErrorLike(thrown: unknown): thrown is object {
  if (thrown === null || typeof thrown !== 'object') return false;
  return isNativeError(thrown) || read(thrown, 'message') !== undefined;
}

/** A property as text; empty if it is none, or cannot be read. */
export function textOf(error: object, property: string): string {
  const value = read(error, property);
  return typeof value === 'string' ? value : '';
}

function describe(thrown: unknown, seen: Set<unknown>): string {
  if (!isErrorLike(thrown)) return describeValue(thrown);
  if (seen.has(thrown)) return headline(thrown);
  seen.add(thrown);
  if (seen.size > MAX_DEPTH) return headline(thrown);
  const { gathered, causes } = errorsBelow(thrown);
  const list = gathered.map((error) => describe(error, seen)).join('; ');
  const below = causes.filter((cause) => !seen.has(cause)).map((cause) => describe(cause, seen));
  return [headline(thrown) + (list && ` (${list})`), ...below].join(' ← ');
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return value || "''";
  try {
    return inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
  } catch {
    return 'a value that cannot be read';
  }
}

/** Undefined if a getter throws. */
function read(object: object, property: string): unknown {
  try {
    return (object as Record<string, unknown>)[property];
  } catch {
    return undefined;
  }
}
