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

const PATH = new RegExp(`^${space}*\\$(${name}(?:\\.${name})*)${space}*$`);
/** Words of the language, which are no names. */
const WORDS = /(^|\.)(?:and|or|in|true|false|null)(\.|$)/;
const MAX_KEPT = 2_000;
/** Names of paths, by their texts; empty for a text that is not only a path. */
const paths = new Map<string, string[]>();

/**
 * The value of a path that leads through objects only, where nothing is left to the language: what most fields of most states are.
 * Undefined for all else.
 */
export function valueOfPath(text: string, scope: JsonObject): Json | undefined {
  const names = paths.get(text) ?? namesOf(text);
  // What the context holds changes with each attempt.
  if (names.length === 0 || names[1] === 'context') return undefined;
  let value: Json | undefined = scope;
  for (const each of names) {
    if (!isObject(value) || !Object.hasOwn(value, each)) return undefined;
    value = value[each];
  }
  return value;
}

function namesOf(text: string): string[] {
  const path = text.length <= MAX_LENGTH ? PATH.exec(text)?.[1] : undefined;
  const names = path === undefined || WORDS.test(path) ? [] : path.split('.');
  if (paths.size >= MAX_KEPT) paths.clear();
  paths.set(text, names);
  return names;
}
