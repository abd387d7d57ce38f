/** The values of fields that need no JSONata, at once: literals, and the expressions of direct-expression.ts. */
import { isObject, type Json, type JsonObject } from '../json';
import { expressionReader, leave, type Read, type Scope } from './direct-expression';
import { MAX_LENGTH } from './reference';
import { isExpression, textOf } from './template';

/** A field of more parts takes long enough to give way to others between them. */
const MAX_PARTS = 100;

const MAX_KEPT = 2_000;
const ofTexts = new Map<string, Read>();
const ofObjects = new WeakMap<object, Read>();

/** Undefined if a part is left to JSONata. */
export function directValue(template: Json, scope: Scope): Json | undefined {
  if (typeof template === 'string')
    return template.length > MAX_LENGTH ? undefined : readerOfText(template)(scope);
  if (typeof template !== 'object' || template === null) return template;
  let read = ofObjects.get(template);
  if (!read) {
    read = hasFewParts(template, { left: MAX_PARTS }) ? reader(template) : leave;
    ofObjects.set(template, read);
  }
  return read(scope);
}

function readerOfText(template: string): Read {
  let read = ofTexts.get(template);
  if (!read) {
    read = isExpression(template) ? expressionReader(textOf(template)) : () => template;
    if (ofTexts.size >= MAX_KEPT) ofTexts.clear();
    ofTexts.set(template, read);
  }
  return read;
}

function hasFewParts(template: Json, parts: { left: number }): boolean {
  parts.left -= 1;
  if (typeof template !== 'object' || template === null) return parts.left >= 0;
  return parts.left >= 0 && Object.values(template).every((part) => hasFewParts(part, parts));
}

function reader(template: Json): Read {
  if (Array.isArray(template)) return items(template.map(reader));
  return isObject(template) ? members(template) : (scope) => directValue(template, scope);
}

function items(readers: Read[]): Read {
  return (scope) => {
    const values: Json[] = [];
    for (const read of readers) {
      const value = read(scope);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
}

function members(template: JsonObject): Read {
  // To assign it would be to change the object's prototype.
  if (Object.hasOwn(template, '__proto__')) return leave;
  const readers = Object.entries(template).map(([key, part]) => [key, reader(part)] as const);
  return (scope) => {
    const values: JsonObject = {};
    for (const [key, read] of readers) {
      const value = read(scope);
      if (value === undefined) return undefined;
      values[key] = value;
    }
    return values;
  };
}
