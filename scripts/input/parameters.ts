/** `--param NAME=VALUE`: what the user typed as the value that the processor's schema asks for. */
import type { ProcessorDescription } from '../../client';
import { processorProblem } from '../../runtime/check-processor';
import type { Parameters } from '../../runtime/contract';
import { quote } from '../../runtime/shell-word';
import { UsageError } from '../cli/usage-error';

/** Values as typed, by the parameter's name. */
export type TypedParameters = Record<string, string>;

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  default?: unknown;
}

/**
 * A value is the raw text if the schema says string, else JSON. If it may be a string or something else, it is JSON if the
 * schema takes that, else the raw text. Throws a UsageError for a text that must be JSON and is not. Whether the processor takes
 * the values is for the client's check to say. `processor`: undefined if it is not known, or does not load.
 */
export function parseParameters(typed: TypedParameters, processor?: ProcessorDescription): Parameters {
  const schema = processor && 'parameters' in processor ? processor : undefined;
  const { properties = {} } = (schema?.parameters ?? {}) as { properties?: Record<string, Schema> };
  const entries = Object.entries(typed).map(([name, text]) => {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const takes = (value: unknown) => schema !== undefined && !isWrong(schema, name, value);
    return [name, own ? parseValue(name, text, own, takes) : text];
  });
  return Object.fromEntries(entries);
}

function parseValue(name: string, text: string, schema: Schema, takes: (value: unknown) => boolean): unknown {
  const types = typesOf(schema);
  if (types.length === 1 && types[0] === 'string') return text;
  const value = parseJson(text);
  const mayBeText = types.length === 0 || types.includes('string');
  if (mayBeText) return value !== undefined && takes(value) ? value : text;
  if (value !== undefined) return value;
  const example =
    schema.default === undefined
      ? ''
      : `, such as --param ${quote(`${name}=${JSON.stringify(schema.default)}`)}`;
  throw new UsageError(
    `--param ${name} takes ${types.map((type) => TYPES[type] ?? type).join(' or ')}, but "${text}" is not JSON: give JSON${example}.`,
  );
}

/** The types of JSON Schema, as people read them. */
const TYPES: Record<string, string> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'an integer',
  number: 'a number',
  object: 'an object',
};

/** None: any. */
function typesOf({ type, enum: values, const: value, anyOf, oneOf }: Schema): string[] {
  if (type !== undefined) return [type].flat();
  const all = values ?? (value === undefined ? [] : [value]);
  if (all.length > 0) return [...new Set(all.map((each) => (each === null ? 'null' : typeof each)))];
  return [...new Set([...(anyOf ?? []), ...(oneOf ?? [])].flatMap(typesOf))];
}

/** Whether it is this parameter that the processor does not take: others may be missing. */
function isWrong(
  processor: Exclude<ProcessorDescription, { error: string }>,
  name: string,
  value: unknown,
): boolean {
  const { required: _, ...parameters } = processor.parameters as { required?: string[] };
  return processorProblem({ one: { ...processor, parameters } }, 'one', { [name]: value }) !== undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
