/**
 * JSONata in a definition: every string `{% … %}` in a field is evaluated, everything around it is kept as it stands.
 * The functions that Step Functions adds, and those it leaves out, are as in the Developer Guide, "Transforming data
 * with JSONata".
 */
import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';
import { StatesError } from './errors';
import { isObject, type Json, type JsonObject } from './json';

/** What an expression sees: the state machine's variables by name, and `$states`. */
export interface Scope {
  variables: JsonObject;
  states: { input: Json; context: Json; result?: Json; errorOutput?: Json };
}

const EXPRESSION = /^\{%([\s\S]*)%\}$/;
const cache = new Map<string, jsonata.Expression>();
const CACHE_SIZE = 2_000;

export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && EXPRESSION.test(value);
}

/** The compiled expression of a `{% … %}` string. Throws the parser's error if it is none. */
export function compile(template: string): jsonata.Expression {
  const known = cache.get(template);
  if (known) return known;
  const expression = jsonata(EXPRESSION.exec(template)?.[1] ?? '');
  for (const [name, signature, implementation] of FUNCTIONS) {
    expression.registerFunction(name, implementation, signature);
  }
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(template, expression);
  return expression;
}

/**
 * Evaluates a field. `field` names it in errors, as in `Arguments/Payload`.
 * Throws States.QueryEvaluationError where an expression throws, or gives nothing or no JSON.
 */
export async function evaluate(template: Json, scope: Scope, field: string): Promise<Json> {
  if (isExpression(template)) return evaluateExpression(template, scope, field);
  if (Array.isArray(template)) {
    const items: Json[] = [];
    for (const item of template) items.push(await evaluate(item, scope, `${field}[${items.length}]`));
    return items;
  }
  if (!isObject(template)) return template;
  const members: [string, Json][] = [];
  for (const [key, item] of Object.entries(template)) {
    members.push([key, await evaluate(item, scope, `${field}/${key}`)]);
  }
  return Object.fromEntries(members);
}

async function evaluateExpression(template: string, scope: Scope, field: string): Promise<Json> {
  const fail = (what: string) => {
    const place = `The JSONata expression '${template.slice(2, -2).trim()}' specified for the field '${field}'`;
    return new StatesError('States.QueryEvaluationError', `${place} ${what}`);
  };
  let result: unknown;
  try {
    result = await compile(template).evaluate(undefined, { ...scope.variables, states: scope.states });
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    throw fail(`threw an error during evaluation. ${code ? `${code}: ` : ''}${message ?? error}`);
  }
  if (result === undefined) throw fail('returned nothing (undefined).');
  return plain(result, () => fail('returned a value that is not JSON (a function).'));
}

/** JSONata's sequences carry flags that change how a later expression treats them; plain arrays do not. */
function plain(value: unknown, refuse: () => StatesError): Json {
  if (Array.isArray(value)) return value.map((item) => plain(item, refuse));
  if (typeof value === 'function') throw refuse();
  if (typeof value !== 'object' || value === null) return value as Json;
  if ('_jsonata_function' in value || '_jsonata_lambda' in value) throw refuse();
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(members.map(([key, item]) => [key, plain(item, refuse)]));
}

type Implementation = Parameters<jsonata.Expression['registerFunction']>[1];

const FUNCTIONS: [name: string, signature: string | undefined, implementation: Implementation][] = [
  ['partition', '<a-n:a>', partition],
  ['range', '<nnn:a>', range],
  ['hash', '<s-s?:s>', hash],
  ['random', '<n?:n>', random],
  ['uuid', '<:s>', () => randomUUID()],
  ['parse', '<s-:x>', (text: string | undefined) => (text === undefined ? undefined : JSON.parse(text))],
  [
    'eval',
    undefined,
    () => {
      throw new Error('$eval is not supported; use $parse');
    },
  ],
];

function partition(array: unknown[] | undefined, size: number): unknown[][] | undefined {
  if (array === undefined) return undefined;
  if (!Number.isInteger(size) || size < 1) throw new Error('$partition takes a chunk size of 1 or more');
  return Array.from({ length: Math.ceil(array.length / size) }, (_, index) =>
    array.slice(index * size, (index + 1) * size),
  );
}

function range(first: number, last: number, step: number): number[] {
  const length = Math.floor((last - first) / step) + 1;
  if (!Number.isFinite(length) || length > 1_000) throw new Error('$range gives at most 1000 numbers');
  return Array.from({ length: Math.max(0, length) }, (_, index) => first + index * step);
}

const HASHES = ['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

function hash(text: string | undefined, algorithm = 'SHA-256'): string | undefined {
  if (!HASHES.includes(algorithm)) throw new Error(`$hash knows ${HASHES.join(', ')}; not ${algorithm}`);
  return text === undefined
    ? undefined
    : createHash(algorithm.replace('-', '').toLowerCase()).update(text).digest('hex');
}

/** A number from 0 up to 1; the same one for the same seed. */
function random(seed?: number): number {
  if (seed === undefined) return Math.random();
  return createHash('sha256').update(String(seed)).digest().readUInt32BE() / 2 ** 32;
}
