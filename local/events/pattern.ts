/**
 * Event patterns: exact values, `prefix`, `suffix`, `anything-but`, `exists` and `equals-ignore-case`; other matchers are
 * refused by name. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { LocalCloudError } from '../errors';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Throws a LocalCloudError for a matcher that is not known. */
export function matchesPattern(pattern: Json, event: Json | undefined): boolean {
  if (Array.isArray(pattern)) {
    const values = Array.isArray(event) ? event : [event];
    return pattern.some((matcher) => values.some((value) => matches(matcher, value)));
  }
  if (typeof pattern !== 'object' || pattern === null) return pattern === event;
  const members = typeof event === 'object' && event !== null && !Array.isArray(event) ? event : {};
  return Object.entries(pattern).every(([name, inner]) => matchesPattern(inner, members[name]));
}

function matches(matcher: Json, value: Json | undefined): boolean {
  if (typeof matcher !== 'object' || matcher === null || Array.isArray(matcher)) return matcher === value;
  const [name = '', operand = null] = Object.entries(matcher)[0] ?? [];
  const text = typeof value === 'string' ? value : undefined;
  switch (name) {
    case 'prefix':
      return text?.startsWith(String(operand)) ?? false;
    case 'suffix':
      return text?.endsWith(String(operand)) ?? false;
    case 'equals-ignore-case':
      return text?.toLowerCase() === String(operand).toLowerCase();
    case 'exists':
      return (value !== undefined) === operand;
    case 'anything-but':
      return value !== undefined && ![operand].flat().some((excluded) => matches(excluded, value));
    default:
      throw new LocalCloudError(`The local cloud does not know the matcher ${name} of an event pattern.`);
  }
}
