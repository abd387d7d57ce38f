/** Variables in resources and conditions of a policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
import { list } from './document';

/** `${aws:PrincipalArn}`, or with a default: `${aws:username, 'nobody'}`. */
const VARIABLE = /\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}/g;

type Values = Record<string, string | string[]>;

/** The values of a condition key; undefined if the request has none. */
export function valuesOf(values: Values, key: string): string[] | undefined {
  const name = Object.hasOwn(values, key)
    ? key
    : Object.keys(values).find((each) => each.toLowerCase() === key.toLowerCase());
  const found = name === undefined ? undefined : values[name];
  return found === undefined ? undefined : list(found);
}

/** The text with the request's values in place of its variables. Undefined if one has none: then it fits nothing. */
export function expand(text: string, values: Values): string | undefined {
  if (!text.includes('${')) return text;
  let isComplete = true;
  const expanded = text.replace(VARIABLE, (_variable, key: string, fallback?: string) => {
    if (['*', '?', '$'].includes(key)) return key;
    const value = valuesOf(values, key)?.[0] ?? fallback;
    if (value === undefined) isComplete = false;
    return value ?? '';
  });
  return isComplete ? expanded : undefined;
}
