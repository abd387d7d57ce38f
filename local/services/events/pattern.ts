/**
 * Event patterns: exact values, `prefix`, `suffix`, `anything-but`, `exists` and `equals-ignore-case`; other matchers are
 * refused with an error that names them. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { LocalCloudError } from '../../core/errors';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Test = (value: Json | undefined) => boolean;

const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');

const MATCHERS: Record<string, (operand: Json) => Test> = {
  prefix: (operand) => (value) => text(value).startsWith(text(operand)),
  suffix: (operand) => (value) => text(value).endsWith(text(operand)),
  'equals-ignore-case': (operand) => (value) => text(value).toLowerCase() === text(operand).toLowerCase(),
  exists: (operand) => (value) => (value !== undefined) === operand,
  'anything-but': (operand) => {
    const excluded = compileList([operand].flat());
    return (value) => value !== undefined && !excluded(value);
  },
};

/** Throws a LocalCloudError for a matcher that is not known. */
export function compilePattern(pattern: Json): Test {
  if (Array.isArray(pattern)) return compileList(pattern);
  if (typeof pattern !== 'object' || pattern === null) {
    throw new LocalCloudError(`An event pattern has lists of values, and not ${JSON.stringify(pattern)}.`);
  }
  const members = Object.entries(pattern).map(([name, inner]) => [name, compilePattern(inner)] as const);
  return (event) => {
    const values = typeof event === 'object' && event !== null && !Array.isArray(event) ? event : {};
    return members.every(([name, matches]) => matches(values[name]));
  };
}

/** One of the matchers must match the value, or one of the values. */
function compileList(matchers: Json[]): Test {
  const tests = matchers.map((matcher): Test => {
    if (typeof matcher !== 'object' || matcher === null) return (value) => value === matcher;
    const [[name = '', operand = null] = []] = Object.entries(matcher);
    const compile = MATCHERS[name];
    if (compile) return compile(operand);
    throw new LocalCloudError(`The local cloud does not know the matcher ${name} of an event pattern.`);
  });
  return (found) => [found].flat().some((value) => tests.some((matches) => matches(value)));
}
