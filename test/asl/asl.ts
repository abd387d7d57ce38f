/** Reads the composed definition: evaluates its expressions, and says what its Retry and Catch do about an error. */
import jsonata from 'jsonata';
import { definitionOf } from '../support/definition';

// biome-ignore lint/suspicious/noExplicitAny: states have as many shapes as the language has types.
export type State = Record<string, any>;

export const DEFINITION = definitionOf() as State;
export const STATES: Record<string, State> = DEFINITION.States;
/** The maps, one for each source of objects, and the state inside each. */
export const MAPS = {
  ProcessInlineObjects: 'objects',
  ProcessPrefix: 'prefix',
  ProcessManifest: 'selection',
};

export function stateOf(name: string): State {
  const state = STATES[name];
  if (!state) throw new Error(`There is no state ${name}.`);
  return state;
}

/** The state inside a map: the task that a worker gets. */
export function taskOf(map: string): State {
  return stateOf(map).ItemProcessor.States[`${map}Task`];
}

/** A template with its expressions evaluated: `states` is `$states` there, `variables` are those that states assign. */
export async function evaluate(
  template: unknown,
  states: object,
  variables: Record<string, unknown> = {},
): Promise<unknown> {
  if (typeof template === 'string') {
    const expression = /^\{%(.*)%\}$/s.exec(template)?.[1];
    if (expression === undefined) return template;
    // Step Functions adds $parse to JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    return jsonata(expression).evaluate({}, { ...variables, states, parse: JSON.parse });
  }
  if (Array.isArray(template)) return Promise.all(template.map((item) => evaluate(item, states, variables)));
  if (typeof template !== 'object' || template === null) return template;
  const entries = Object.entries(template).map(async ([key, value]) => [
    key,
    await evaluate(value, states, variables),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

interface Retries {
  /** Attempts after the first one. */
  retries: number;
  /** Seconds before each of the first six retries, at most. */
  waits: number[];
  /** Seconds that all retries wait together, at most. */
  total: number;
  /** Whether the wait is random, between 0 and that maximum. */
  jitter: boolean;
}

/**
 * What the state's Retry does about an error, with the defaults of the language: the first retrier that names it counts.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function retriesOf(state: State, error: string): Retries {
  const {
    MaxAttempts: retries = 3,
    IntervalSeconds = 1,
    BackoffRate = 2,
    MaxDelaySeconds = Number.POSITIVE_INFINITY,
    JitterStrategy = 'NONE',
  } = handlerOf(state.Retry, error) ?? { MaxAttempts: 0 };
  const wait = (retry: number) => Math.min(IntervalSeconds * BackoffRate ** retry, MaxDelaySeconds);
  const waits = Array.from({ length: Math.min(retries, 1000) }, (_, retry) => wait(retry));
  return {
    retries,
    waits: waits.slice(0, 6),
    total: waits.reduce((sum, each) => sum + each, 0),
    jitter: JitterStrategy === 'FULL',
  };
}

/** The catcher that takes an error; undefined if it ends the execution. */
export function catcherOf(state: State, error: string): State | undefined {
  return handlerOf(state.Catch, error);
}

function handlerOf(handlers: State[] = [], error: string): State | undefined {
  return handlers.find(
    ({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL'),
  );
}
