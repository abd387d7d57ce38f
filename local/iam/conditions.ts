/**
 * Conditions of a policy's statement.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { LocalCloudError } from '../errors';
import { type ConditionBlock, list } from './document';
import { matches } from './pattern';

/** Values of condition keys, whose names are compared without regard to case. */
export type RequestValues = Record<string, string | string[]>;

type Test = (value: string, expected: string) => boolean;

const equal: Test = (value, expected) => value === expected;
const equalIgnoringCase: Test = (value, expected) => value.toLowerCase() === expected.toLowerCase();
const like: Test = (value, expected) => matches(expected, value);

const TESTS: Record<string, Test> = {
  StringEquals: equal,
  StringEqualsIgnoreCase: equalIgnoringCase,
  StringLike: like,
  // Both take wildcards, by the documentation.
  ArnEquals: like,
  ArnLike: like,
  Bool: equalIgnoringCase,
};

/** Throws a LocalCloudError for an operator that is not known here. */
export function conditionsHold(conditions: ConditionBlock, values: RequestValues): boolean {
  const known = new Map(Object.entries(values).map(([key, value]) => [key.toLowerCase(), list(value)]));
  return Object.entries(conditions).every(([operator, keys]) => {
    const plain = operator.replace(/IfExists$/, '');
    const name = plain.replace(/^(String|Arn)Not/, '$1');
    const negated = name !== plain;
    const test = TESTS[name];
    if (!test) throw new LocalCloudError(`The condition operator ${operator} of a policy is not known here.`);
    return Object.entries(keys).every(([key, expected]) => {
      const found = known.get(key.toLowerCase());
      if (!found) return negated || plain !== operator;
      const some = found.some((value) => list(expected).some((each) => test(value, String(each))));
      return negated ? !some : some;
    });
  });
}
