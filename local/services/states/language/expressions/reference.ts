/**
 * Most expressions only name a value, or compare or add a few: `$states.input.Key`, `$states.context.State.RetryCount + 1`.
 * These are evaluated at once, in the local cloud's own process; all others in a process that can be ended.
 *
 * Why that is safe: without a bracket, an expression has no call, no function, no predicate and no nesting, so that each
 * of its at most five operands is evaluated once. An operand is a literal or a path of names, which takes time and space
 * in proportion to the value it starts from (at most 256 KiB), and no operator here makes more than a number or a boolean.
 * Operators stand between spaces, so that the parser sees the same tokens as this pattern.
 */
import { isObject, type Json, type JsonObject } from '../json';

const name = '[A-Za-z_]\\w*';
const operand = `(?:\\$${name}(?:\\.${name})*|-?\\d{1,15}(?:\\.\\d{1,15})?|'[^'\\\\]*'|"[^"\\\\]*"|true|false|null)`;
const operator = '(?:[-+<>=]|!=|<=|>=|and|or)';
const space = '[ \\t\\n\\r]';
const REFERENCE = new RegExp(
  `^${space}*${operand}(?:${space}+${operator}${space}+${operand}){0,4}${space}*$`,
);
const MAX_LENGTH = 1_000;

export function isReference(text: string): boolean {
  return text.length <= MAX_LENGTH && REFERENCE.test(text);
}

const PATH = new RegExp(`^\\$(${name}(?:\\.${name})*)$`);
const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,14})$/;
/** Words of the language, which are no names. */
const WORDS = /(^|\.)(?:and|or|in|true|false|null)(\.|$)/;
const MAX_KEPT = 2_000;

interface Term {
  sign: 1 | -1;
  /** A number, or the names of a path. */
  operand: number | string[];
}
/** The terms of sums by their texts, a path alone being a sum of one; none for any other text. */
const sums = new Map<string, Term[]>();

interface Scope {
  variables: JsonObject;
  states: object;
}

/**
 * The value of a path that leads through objects only, or of numbers that are added and subtracted, where nothing is left to the language:
 * what most fields of most states are. Undefined for all else.
 */
export function valueOfReference(text: string, scope: Scope): Json | undefined {
  const terms = sums.get(text) ?? termsOf(text);
  if (terms.length > 1) return sumOf(terms, scope);
  const path = terms[0]?.operand;
  // What the context holds changes with each attempt.
  return typeof path === 'object' && path[1] !== 'context' ? valueOfPath(path, scope) : undefined;
}

function sumOf(terms: Term[], scope: Scope): number | undefined {
  // Added to -0 every number stays what it is, and -0 is one.
  let sum = -0;
  for (const { sign, operand } of terms) {
    const value = typeof operand === 'number' ? operand : valueOfPath(operand, scope);
    if (typeof value !== 'number') return undefined;
    sum += sign * value;
  }
  return Number.isFinite(sum) ? sum : undefined;
}

function valueOfPath(names: string[], { variables, states }: Scope): Json | undefined {
  const isOfStates = names[0] === 'states';
  let value: Json | undefined = isOfStates ? (states as JsonObject) : variables;
  for (let index = isOfStates ? 1 : 0; index < names.length; index += 1) {
    const each = names[index] ?? '';
    if (!isObject(value) || !Object.hasOwn(value, each)) return undefined;
    value = value[each];
  }
  return value;
}

function termsOf(text: string): Term[] {
  const parts = isReference(text) ? text.trim().split(/[ \t\n\r]+/) : [];
  const terms = parts.flatMap((part, index) => {
    if (index % 2 === 1) return [];
    const path = PATH.exec(part)?.[1];
    const operator = index === 0 ? '+' : parts[index - 1];
    const isTerm = path === undefined ? WHOLE_NUMBER.test(part) : !WORDS.test(path);
    if (!isTerm || (operator !== '+' && operator !== '-')) return [undefined];
    return { sign: operator === '+' ? 1 : -1, operand: path?.split('.') ?? Number(part) } as Term;
  });
  const complete = terms.every((term) => term !== undefined) ? terms : [];
  if (sums.size >= MAX_KEPT) sums.clear();
  sums.set(text, complete);
  return complete;
}
