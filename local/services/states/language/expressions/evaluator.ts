/** Evaluates JSONata by its reference implementation. */
import jsonata from 'jsonata';
import type { Json } from '../json';
import type { EvaluationLimits } from './evaluation-limits';
import { FUNCTIONS } from './functions';
import { LimitExceeded, MAX_VALUE_BYTES, MEMORY_EXCEEDED, STACK_EXCEEDED } from './limits';

/** The outcome of an expression: its value, or its error. */
export interface Outcome {
  value?: Json;
  /** The rest of a sentence that begins with "The JSONata expression … ". */
  problem?: string;
}

const CACHE_SIZE = 2_000;

/** Evaluates one expression at a time if it has limits. */
export class Evaluator {
  private readonly compiled = new Map<string, jsonata.Expression>();

  constructor(private readonly limits?: EvaluationLimits) {}

  /** The problem is what the parser says. */
  parse(text: string): Outcome {
    try {
      this.compile(text);
      return {};
    } catch (error) {
      return { problem: described(error) };
    }
  }

  async evaluate(text: string, bindings: Record<string, unknown>): Promise<Outcome> {
    try {
      this.limits?.reset();
      const result = await this.compile(text).evaluate(undefined, bindings);
      if (result === undefined) return { problem: 'returned nothing (undefined).' };
      return { value: plain(result, { bytes: 0 }) };
    } catch (error) {
      if (error instanceof NotJson) return { problem: 'returned a value that is not JSON (a function).' };
      return { problem: thrown(error) };
    }
  }

  private compile(text: string): jsonata.Expression {
    const known = this.compiled.get(text);
    if (known) return known;
    const expression = jsonata(text);
    for (const [name, signature, implementation] of FUNCTIONS) {
      expression.registerFunction(name, implementation, signature);
    }
    expression.assign('eval', undefined);
    this.limits?.watch(expression);
    if (this.compiled.size >= CACHE_SIZE) this.compiled.clear();
    this.compiled.set(text, expression);
    return expression;
  }
}

class NotJson extends Error {}

/** JSONata's sequences carry flags that change how a later expression treats them; plain arrays do not. */
function plain(value: unknown, size: { bytes: number }): Json {
  size.bytes += typeof value === 'string' ? value.length : 8;
  if (size.bytes > MAX_VALUE_BYTES) throw MEMORY_EXCEEDED;
  // JSON has no NaN and no infinity.
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map((item) => plain(item, size));
  if (typeof value === 'function') throw new NotJson();
  if (typeof value !== 'object' || value === null) return value as Json;
  if ('_jsonata_function' in value || '_jsonata_lambda' in value) throw new NotJson();
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(members.map(([key, item]) => [key, plain(item, size)]));
}

/** Node's own limits of its stack and of a string's length count as those of the evaluation. */
function limitOf(error: unknown): LimitExceeded | undefined {
  if (error instanceof LimitExceeded) return error;
  if (!(error instanceof RangeError)) return undefined;
  if (error.message.startsWith('Maximum call stack')) return STACK_EXCEEDED;
  return /^Invalid (string|array) length/.test(error.message) ? MEMORY_EXCEEDED : undefined;
}

export function thrown(error: unknown): string {
  return `threw an error during evaluation${limitOf(error) ? ':' : '.'} ${described(error)}`;
}

function described(error: unknown): string {
  const { code, message } = (limitOf(error) ?? error) as { code?: string; message?: string };
  return `${code ? `${code}: ` : ''}${message ?? error}`;
}
