/**
 * Conditions of a policy's statement.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { BlockList, isIPv6 } from 'node:net';
import { LocalCloudError } from '../errors';
import { type Condition, list } from './document';
import { matches } from './pattern';
import { expand, valuesOf } from './variables';

/** Values of condition keys, whose names are compared without regard to case. */
export type RequestValues = Record<string, string | string[]>;

type Test = (value: string, expected: string) => boolean;

const like: Test = (value, expected) => matches(expected, value);
const ignoringCase: Test = (value, expected) => value.toLowerCase() === expected.toLowerCase();
const equal: Test = (value, expected) => value === expected;
const TESTS: Record<string, Test> = {
  StringEquals: equal,
  StringEqualsIgnoreCase: ignoringCase,
  StringLike: like,
  // Both take wildcards, by the documentation.
  ArnEquals: like,
  ArnLike: like,
  Bool: ignoringCase,
  BinaryEquals: equal,
  IpAddress: isInRange,
  ...comparisons('Numeric', Number),
  // A date in ISO 8601, or seconds since the epoch.
  ...comparisons('Date', (text) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text))),
};

interface Operator {
  test: Test;
  isNegated: boolean;
  /** Whether a request without the key meets it. */
  withoutKey: boolean;
  /** Whether each value must meet it, if a key has several. */
  isForAll: boolean;
}

/** Throws a LocalCloudError for an operator that is not supported here. */
export function conditionsHold(condition: Condition, values: RequestValues): boolean {
  return Object.entries(condition).every(([name, keys]) => {
    if (name === 'Null')
      return Object.entries(keys).every(([key, expected]) => isNull(key, expected, values));
    const operator = operatorOf(name);
    return Object.entries(keys).every(([key, expected]) =>
      keyHolds(operator, valuesOf(values, key), list(expected), values),
    );
  });
}

function keyHolds(
  { test, isNegated, withoutKey, isForAll }: Operator,
  found: string[] | undefined,
  expected: unknown[],
  values: RequestValues,
): boolean {
  if (found === undefined) return withoutKey;
  const texts = expected.map((each) => expand(String(each), values)).filter((text) => text !== undefined);
  const holds = (value: string) => texts.some((text) => test(value, text)) !== isNegated;
  return isForAll ? found.every(holds) : found.some(holds);
}

/** Operators by their names, which are those of the stack's policies. */
const operators = new Map<string, Operator>();

function operatorOf(name: string): Operator {
  const operator = operators.get(name) ?? readOperator(name);
  operators.set(name, operator);
  return operator;
}

/** `ForAllValues:StringNotLikeIfExists` is a test with what is around it. */
function readOperator(name: string): Operator {
  const [, set = '', words = '', ifExists] =
    /^(ForAllValues:|ForAnyValue:)?(.+?)(IfExists)?$/.exec(name) ?? [];
  const isNegated = /^((String|Arn|Numeric|Date)Not(Equals|Like)|NotIpAddress)/.test(words);
  const base = isNegated ? words.replace('Not', '') : words;
  const test = Object.hasOwn(TESTS, base) ? TESTS[base] : undefined;
  if (!test) throw new LocalCloudError(`The condition operator ${name} of a policy is not supported here.`);
  const isForAll = set === 'ForAllValues:';
  return {
    test,
    isNegated,
    isForAll,
    withoutKey: isForAll || ifExists !== undefined || (isNegated && set === ''),
  };
}

function isNull(key: string, expected: unknown, values: RequestValues): boolean {
  const isMissing = valuesOf(values, key) === undefined;
  return list(expected).some((each) => String(each) === String(isMissing));
}

function comparisons(kind: string, read: (text: string) => number): Record<string, Test> {
  const by =
    (compare: (value: number, expected: number) => boolean): Test =>
    (value, expected) =>
      compare(read(value), read(expected));
  return {
    [`${kind}Equals`]: by((value, expected) => value === expected),
    [`${kind}LessThan`]: by((value, expected) => value < expected),
    [`${kind}LessThanEquals`]: by((value, expected) => value <= expected),
    [`${kind}GreaterThan`]: by((value, expected) => value > expected),
    [`${kind}GreaterThanEquals`]: by((value, expected) => value >= expected),
  };
}

/** An address in a CIDR range, or the same address. */
function isInRange(value: string, expected: string): boolean {
  const [address = '', length] = expected.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const range = new BlockList();
  range.addSubnet(address, Number(length ?? (family === 'ipv6' ? 128 : 32)), family);
  return range.check(value, isIPv6(value) ? 'ipv6' : 'ipv4');
}
