/** Values of a state's fields, which are literals or expressions, and the errors of those that have the wrong one. */

import { EvaluationError } from '../language/errors';
import { isExpression, textOf } from '../language/expressions/template';
import { isObject, type Json, type JsonObject } from '../language/json';
import type { EnteredState } from './entered-state';

/** @param expected a type of JSON */
export function unexpectedType(
  template: Json,
  field: string,
  value: Json,
  expected: string,
): EvaluationError {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const expression = isExpression(template) ? textOf(template).trim() : JSON.stringify(template);
  const subject = `The JSONata expression '${expression}' specified for the field '${field}'`;
  const found = `Expected '${expected}', but was '${type}' for value: ${JSON.stringify(value)}`;
  return new EvaluationError(`${subject} returned an unexpected result type. ${found}`, field);
}

/** @param range of values, in words */
export function outOfRange(field: string, value: Json, range: string): EvaluationError {
  const why = `The value ${JSON.stringify(value)} specified for the field '${field}' is not ${range}.`;
  return new EvaluationError(why, field);
}

/** The value of a numeric field, which is a number or an expression. */
export async function number(entered: EnteredState, template: Json, field: string): Promise<number> {
  const value = typeof template === 'number' ? template : await entered.evaluate(template, field);
  if (typeof value === 'number') return value;
  throw unexpectedType(template, field, value, 'number');
}

export async function integer(
  entered: EnteredState,
  template: Json,
  field: string,
  minimum: number,
  maximum: number,
): Promise<number> {
  const value = await number(entered, template, field);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw outOfRange(field, value, `an integer from ${minimum} to ${maximum}`);
}

export async function string(entered: EnteredState, template: Json, field: string): Promise<string> {
  const value = await entered.evaluate(template, field);
  if (typeof value === 'string') return value;
  throw unexpectedType(template, field, value, 'string');
}

/** The value of a field that must be a JSON object, such as `Arguments`. */
export async function object(entered: EnteredState, template: Json, field: string): Promise<JsonObject> {
  const value = await entered.evaluate(template, field);
  if (isObject(value)) return value;
  throw unexpectedType(template, field, value, 'object');
}
