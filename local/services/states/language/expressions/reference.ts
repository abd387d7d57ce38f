/**
 * Most expressions only name a value, or compare or add a few: `$states.input.Key`, `$states.context.State.RetryCount + 1`.
 * These are evaluated at once, in the local cloud's own process; all others in a process that can be ended.
 *
 * Why that is safe: without a bracket, an expression has no call, no function, no predicate and no nesting, so that each
 * of its at most five operands is evaluated once. An operand is a literal or a path of names, which takes time and space
 * in proportion to the value it starts from (at most 256 KiB), and no operator here makes more than a number or a boolean.
 * Operators stand between spaces, so that the parser sees the same tokens as this pattern.
 */
const name = '[A-Za-z_]\\w*';
const operand = `(?:\\$${name}(?:\\.${name})*|-?\\d{1,15}(?:\\.\\d{1,15})?|'[^'\\\\]*'|"[^"\\\\]*"|true|false|null)`;
const operator = '(?:[-+<>=]|!=|<=|>=|and|or)';
const space = '[ \\t\\n\\r]';
const REFERENCE = new RegExp(
  `^${space}*${operand}(?:${space}+${operator}${space}+${operand}){0,4}${space}*$`,
);
/** The longest text that the local cloud's own process parses. */
export const MAX_LENGTH = 1_000;

export function isReference(text: string): boolean {
  return text.length <= MAX_LENGTH && REFERENCE.test(text);
}
