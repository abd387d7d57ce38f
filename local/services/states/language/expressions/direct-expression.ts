/**
 * Reads the values of what most expressions are: paths through objects, literals, sums, comparisons, `and`, `$type`, and a choice between two
 * of these. JSONata's parser says what an expression is. JSONata's evaluator makes promises for each part of it, and needs another
 * process for all that is more than a reference. It gets the other expressions, and values that it treats in ways of its own.
 */
import jsonata from 'jsonata';
import { isObject, type Json, type JsonObject } from '../json';

export interface Scope {
  variables: JsonObject;
  states: object;
}

/** Undefined if the value is left to JSONata. */
export type Read = (scope: Scope) => Json | undefined;

/** A node of JSONata's syntax tree; its type declarations leave out some members. */
interface Node {
  type: string;
  value: Json;
  steps: Node[];
  lhs: Node;
  rhs: Node;
  condition: Node;
  then: Node;
  else: Node;
  procedure: Node;
  arguments: Node[];
}

export const leave: Read = () => undefined;

/** `text`: JSONata. */
export function expressionReader(text: string): Read {
  try {
    return reader(jsonata(text).ast() as unknown as Node);
  } catch {
    // JSONata says what is wrong with it.
    return leave;
  }
}

/** Deeper expressions are left to JSONata, which holds them to the limit of AWS. */
const MAX_DEPTH = 10;

function reader(node: Node, depth = 0): Read {
  if (depth > MAX_DEPTH) return leave;
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value':
      return has(node, 'value') ? () => node.value : leave;
    case 'variable':
      return path([node]);
    case 'path':
      return has(node, 'steps') ? path(node.steps) : leave;
    case 'binary':
      return has(node, 'value', 'lhs', 'rhs') ? binary(node, depth + 1) : leave;
    case 'condition':
      return has(node, 'condition', 'then', 'else') ? condition(node, depth + 1) : leave;
    case 'function':
      return has(node, 'value', 'procedure', 'arguments') ? typeFunction(node, depth + 1) : leave;
    default:
      return leave;
  }
}

/** Whether it has these members and no other, such as a predicate. */
function has(node: Node, ...names: string[]): boolean {
  const given = Object.entries(node).filter(([, value]) => value !== undefined);
  const own = given.map(([name]) => name).filter((name) => name !== 'type' && name !== 'position');
  return own.length === names.length && names.every((name) => own.includes(name));
}

/** `$` and `$$` are not variables of a state machine. */
const VARIABLE = /^[A-Za-z_]\w*$/;

function path([first, ...steps]: Node[]): Read {
  const isPath = first?.type === 'variable' && has(first, 'value') && VARIABLE.test(String(first.value));
  if (!isPath || !steps.every((step) => step.type === 'name' && has(step, 'value'))) return leave;
  const names = [first, ...steps].map(({ value }) => String(value));
  if (names[0] !== 'states') return ({ variables }) => follow(variables, names);
  const [, member = 'context', ...others] = names;
  const members = [member, ...others];
  const read: Read = ({ states }) => follow(states as JsonObject, members);
  if (member !== 'context') return read;
  // The context changes with each attempt.
  return (scope) => {
    const value = read(scope);
    return isPrimitive(value) ? value : undefined;
  };
}

/** JSONata also leads into the elements of an array. */
function follow(start: JsonObject, names: string[]): Json | undefined {
  let value: Json | undefined = start;
  for (const name of names) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function isPrimitive(value: Json | undefined): boolean {
  return value === null || (value !== undefined && typeof value !== 'object');
}

const OPERATORS: Record<string, (left: Json, right: Json) => Json | undefined> = {
  '+': (left, right) => sum(left, right, 1),
  '-': (left, right) => sum(left, right, -1),
  '=': (left, right) => (isPrimitive(left) && isPrimitive(right) ? left === right : undefined),
  '!=': (left, right) => (isPrimitive(left) && isPrimitive(right) ? left !== right : undefined),
  and: (left, right) => (typeof left === 'boolean' && typeof right === 'boolean' ? left && right : undefined),
};

function sum(left: Json, right: Json, sign: 1 | -1): number | undefined {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  const result = left + sign * right;
  return Number.isFinite(result) ? result : undefined;
}

function binary({ value, lhs, rhs }: Node, depth: number): Read {
  const operate = Object.hasOwn(OPERATORS, String(value)) ? OPERATORS[String(value)] : undefined;
  if (!operate) return leave;
  const [readLeft, readRight] = [reader(lhs, depth), reader(rhs, depth)];
  return (scope) => {
    const left = readLeft(scope);
    const right = left === undefined ? undefined : readRight(scope);
    return left === undefined || right === undefined ? undefined : operate(left, right);
  };
}

function condition(node: Node, depth: number): Read {
  const parts = [node.condition, node.then, node.else];
  const [test, consequent, alternative] = parts.map((part) => reader(part, depth));
  return (scope) => {
    const holds = test?.(scope);
    return typeof holds === 'boolean' ? (holds ? consequent : alternative)?.(scope) : undefined;
  };
}

/** `$type(…)`, unless a variable of this name hides it. */
function typeFunction({ value, procedure, arguments: given }: Node, depth: number): Read {
  const [argument] = given;
  const isType = value === '(' && procedure.type === 'variable' && procedure.value === 'type';
  if (!isType || !argument || given.length !== 1) return leave;
  const read = reader(argument, depth);
  return (scope) => {
    const found = Object.hasOwn(scope.variables, 'type') ? undefined : read(scope);
    if (found === undefined) return undefined;
    return found === null ? 'null' : Array.isArray(found) ? 'array' : typeof found;
  };
}
