/**
 * Conditions of a policy's statement.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { LocalCloudError } from '../errors';
import { type Condition, list } from './document';
import { matches } from './pattern';

/** Values of condition keys, whose names are compared without regard to case. */
export type RequestValues = Record<string, string | string[]>;

type Test = (value: string, expected: string) => boolean;

const like: Test = (value, expected) => matches(expected, value);
const TESTS: Record<string, Test> = {
  StringEquals: (value, expected) => value === expected,
  StringLike: like,
  // Both take wildcards, by the documentation.
  ArnEquals: like,
  ArnLike: like,
  Bool: (value, expected) => value.toLowerCase() === expected.toLowerCase(),
};

/** Throws a LocalCloudError for an operator that is not known here. */
export function conditionsHold(condition: Condition, values: RequestValues): boolean {
  const known = new Map(Object.entries(values).map(([key, value]) => [key.toLowerCase(), list(value)]));
  return Object.entries(condition).every(([operator, keys]) => {
    const test = TESTS[operator];
    if (!test) throw new LocalCloudError(`The condition operator ${operator} of a policy is not known here.`);
    return Object.entries(keys).every(([key, expected]) =>
      known.get(key.toLowerCase())?.some((value) => list(expected).some((each) => test(value, String(each)))),
    );
  });
}
