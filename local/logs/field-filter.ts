/**
 * Filter patterns on the fields of JSON messages: `{ $.level = "error" && $.attempt != 1 }`, comparisons joined by `&&` or,
 * less binding, `||`, without parentheses.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#metric-filters-extract-json
 */
import { ServiceError } from '../service';

type Test = (message: unknown) => boolean;

const COMPARISON = /^\$((?:\.[\w-]+)+)\s*(=|!=|<=?|>=?)\s*(?:"((?:[^"\\]|\\.)*)"|(\S+))$/;

/** Throws InvalidParameterException for a pattern that is not known here. */
export function compileFieldFilter(pattern: string): (message: string) => boolean {
  const body = /^\s*\{(.*)\}\s*$/s.exec(pattern)?.[1];
  if (body === undefined) throw unknown(pattern);
  const alternatives = split(body, '||').map((each) =>
    split(each, '&&').map((part) => comparison(part, pattern)),
  );
  return (message) => {
    const fields = parse(message);
    return alternatives.some((tests) => tests.every((test) => test(fields)));
  };
}

/** Splits at an operator that stands outside of quotes. */
function split(text: string, operator: '&&' | '||'): string[] {
  const quotedOr = new RegExp(`"(?:[^"\\\\]|\\\\.)*"|${operator === '||' ? '\\|\\|' : '&&'}`, 'g');
  const ends = [...text.matchAll(quotedOr)].filter(([found]) => found === operator).map(({ index }) => index);
  return [...ends, text.length].map((end, at) =>
    text.slice(at === 0 ? 0 : (ends[at - 1] ?? 0) + 2, end).trim(),
  );
}

function comparison(text: string, pattern: string): Test {
  const [, path = '', operator = '', quoted, word] = COMPARISON.exec(text) ?? [];
  if (!operator || /[*()]/.test(word ?? '')) throw unknown(pattern);
  const expected = quoted?.replace(/\\(.)/g, '$1') ?? word ?? '';
  return (message) => {
    const found = path
      .slice(1)
      .split('.')
      .reduce<unknown>(
        (value, name) => (value as Record<string, unknown> | undefined | null)?.[name],
        message,
      );
    if (found === undefined || found === null) return false;
    if (operator === '=') return String(found) === expected;
    if (operator === '!=') return String(found) !== expected;
    const [left, right] = [Number(found), Number(expected)];
    if (operator.startsWith('<')) return operator === '<' ? left < right : left <= right;
    return operator === '>' ? left > right : left >= right;
  };
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function unknown(pattern: string): ServiceError {
  return new ServiceError(
    'InvalidParameterException',
    `The local cloud does not implement the filter pattern ${pattern}: use terms, or { $.field = "value" } joined by && and ||.`,
  );
}
