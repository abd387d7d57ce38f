/**
 * Filter patterns of CloudWatch Logs: terms (all must be in the message), `"quoted terms"`, `?optional` and `-excluded`
 * ones; or, for JSON messages, `{ $.level = "error" && $.attempt != 1 }`: comparisons joined by `&&` or, less binding,
 * `||`, without parentheses. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { ServiceError } from '../../core/service';

type Test = (message: string) => boolean;

/** Throws InvalidParameterException for a pattern that is not supported here. */
export function compileFilter(pattern: string): Test {
  return /^\s*[{[%]/.test(pattern) ? compileFields(pattern) : compileTerms(pattern);
}

const unquote = (quoted: string | undefined) => quoted?.replace(/\\(.)/g, '$1');

function compileTerms(pattern: string): Test {
  const terms = [...pattern.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
    ([, sign, quoted, word = '']) => ({ sign, text: unquote(quoted) ?? word }),
  );
  const optional = terms.filter(({ sign }) => sign === '?');
  return (message) =>
    terms.every(({ sign, text }) => sign === '?' || message.includes(text) === (sign !== '-')) &&
    (optional.length === 0 || optional.some(({ text }) => message.includes(text)));
}

const OPERATORS: Record<string, (found: unknown, expected: string) => boolean> = {
  '=': (found, expected) => String(found) === expected,
  '!=': (found, expected) => String(found) !== expected,
  '<': (found, expected) => Number(found) < Number(expected),
  '<=': (found, expected) => Number(found) <= Number(expected),
  '>': (found, expected) => Number(found) > Number(expected),
  '>=': (found, expected) => Number(found) >= Number(expected),
};
/** Field, operator, what it is compared with, and what joins the next one. */
const COMPARISON =
  /\s*\$((?:\.[\w-]+)+)\s*(=|!=|<=?|>=?)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"*()&|]+))\s*(&&|\|\||$)/y;

function compileFields(pattern: string): Test {
  const body = /^\s*\{(.*)\}\s*$/s.exec(pattern)?.[1] ?? '';
  const alternatives: ((fields: unknown) => boolean)[][] = [[]];
  let join: string | undefined = '&&';
  for (COMPARISON.lastIndex = 0; join; ) {
    const [found, path = '', operator = '', quoted, word = '', next] = COMPARISON.exec(body) ?? [];
    if (found === undefined) {
      throw new ServiceError(
        'InvalidParameterException',
        `The local cloud does not implement the filter pattern ${pattern}: use terms, or { $.field = "value" } joined by && and ||.`,
      );
    }
    const expected = unquote(quoted) ?? word;
    alternatives.at(-1)?.push((fields) => {
      const value = read(fields, path.slice(1).split('.'));
      // A list or a structure is neither equal nor greater than a text.
      const isComparable = ['string', 'number', 'boolean'].includes(typeof value);
      return isComparable && OPERATORS[operator]?.(value, expected) === true;
    });
    if (next === '||') alternatives.push([]);
    join = next;
  }
  return (message) => {
    const fields = parse(message);
    return alternatives.some((tests) => tests.every((test) => test(fields)));
  };
}

function read(fields: unknown, path: string[]): unknown {
  return path.reduce(
    (value, name) => (isStructure(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    fields,
  );
}

const isStructure = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
