/** The interpreter of the Amazon States Language: from state to state, until one ends the execution. */
import type { Outcome, Retrier, State } from './definition';
import { covers, StatesError } from './errors';
import type { Execution } from './execution';
import { isObject, isTooLarge, type Json, type JsonObject } from './json';
import { evaluate, type Scope } from './jsonata';
import { runMap } from './map/state';
import { retryDelay } from './retry';
import { runTask } from './tasks';
import { sleep } from './timers';

/** One stay of an execution in a state. */
export interface Visit {
  execution: Execution;
  /** The state's name. */
  name: string;
  input: Json;
  context: JsonObject & { State: { EnteredTime: string; Name: string; RetryCount: number } };
  /** Continues what an earlier attempt at this state began: the execution was redriven. */
  redriven: boolean;
  /** Evaluates a field; `extra` is what `$states` has beside, or instead of, the state's input and context. */
  evaluate(template: Json, field: string, extra?: Partial<Scope['states']>): Promise<Json>;
}

/** What a state leaves behind. */
interface Step {
  output: Json;
  assigned: JsonObject;
  /** None ends the execution. */
  next?: string;
}

/** Runs the states from the execution's checkpoint on; resolves with the output as JSON text. */
export async function interpret(execution: Execution): Promise<string> {
  const { history, program, signal } = execution;
  for (let redriven = execution.redriveCount > 0; ; redriven = false) {
    signal.throwIfAborted();
    const { state: name, input, inputText, variables } = execution.checkpoint;
    const state = program.States[name] as State;
    if (!redriven) {
      history.record(`${state.Type}StateEntered`, 'stateEnteredEventDetails', {
        name,
        input: inputText,
        inputDetails: { truncated: false },
      });
    }
    const context = {
      ...execution.context,
      State: { EnteredTime: new Date().toISOString(), Name: name, RetryCount: 0 },
    };
    const visit: Visit = {
      execution,
      name,
      input,
      context,
      redriven,
      evaluate: (template, field, extra) =>
        evaluate(template, { variables, states: { input, context, ...extra } }, field),
    };
    const step = await perform(state, visit).catch((error) => {
      signal.throwIfAborted();
      throw explain(error, visit);
    });
    signal.throwIfAborted();
    const output = JSON.stringify(step.output);
    if (isTooLarge(output)) throw tooLarge(`The state '${name}' returned a result`);
    history.record(`${state.Type}StateExited`, 'stateExitedEventDetails', {
      name,
      output,
      outputDetails: { truncated: false },
      ...assignedVariables(step.assigned, name),
    });
    if (!step.next) return output;
    execution.checkpoint = {
      state: step.next,
      input: step.output,
      inputText: output,
      variables: { ...variables, ...step.assigned },
    };
  }
}

export function tooLarge(what: string): StatesError {
  return new StatesError(
    'States.DataLimitExceeded',
    `${what} with a size exceeding the maximum number of bytes service limit.`,
  );
}

function assignedVariables(assigned: JsonObject, state: string): object {
  const texts = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)] as const);
  if (texts.length === 0) return {};
  const large = texts.find(([, text]) => isTooLarge(text));
  if (large) throw tooLarge(`The state '${state}' assigned the variable '${large[0]}' a value`);
  return { assignedVariables: Object.fromEntries(texts), assignedVariablesDetails: { truncated: false } };
}

function perform(state: State, visit: Visit): Promise<Step> {
  switch (state.Type) {
    case 'Pass':
    case 'Succeed':
      return leave(visit, state, visit.input);
    case 'Fail':
      return fail(state, visit);
    case 'Wait':
      return wait(state, visit);
    case 'Choice':
      return choose(state, visit);
    case 'Task':
    case 'Map':
      return attempt(state, visit);
  }
}

/** Evaluates the variables and the output; both see the variables as they were before. */
async function leave(
  visit: Visit,
  { Assign, Output, Next }: Outcome,
  output: Json,
  extra: Partial<Scope['states']> = {},
  path = '',
): Promise<Step> {
  const assigned = Assign ? await visit.evaluate(Assign, `${path}Assign`, extra) : {};
  return {
    assigned: assigned as JsonObject,
    output: Output === undefined ? output : await visit.evaluate(Output, `${path}Output`, extra),
    next: Next,
  };
}

async function fail(state: State & { Type: 'Fail' }, visit: Visit): Promise<never> {
  const text = async (template: string | undefined, field: string) => {
    const value = await visit.evaluate(template ?? '', field);
    if (typeof value === 'string') return value;
    throw unexpected(field, value, 'a string');
  };
  throw new StatesError(await text(state.Error, 'Error'), await text(state.Cause, 'Cause'));
}

async function wait(state: State & { Type: 'Wait' }, visit: Visit): Promise<Step> {
  let milliseconds: number;
  if (state.Seconds !== undefined) {
    milliseconds = (await integer(visit, state.Seconds, 'Seconds', 0, 99_999_999)) * 1_000;
  } else {
    const timestamp = await visit.evaluate(state.Timestamp ?? null, 'Timestamp');
    milliseconds = typeof timestamp === 'string' ? Date.parse(timestamp) - Date.now() : Number.NaN;
    if (Number.isNaN(milliseconds)) throw unexpected('Timestamp', timestamp, 'an ISO 8601 timestamp');
  }
  await sleep(milliseconds, visit.execution.signal);
  return leave(visit, state, visit.input);
}

async function choose(state: State & { Type: 'Choice' }, visit: Visit): Promise<Step> {
  for (const [index, rule] of state.Choices.entries()) {
    const path = `Choices[${index}]/`;
    const condition = await visit.evaluate(rule.Condition, `${path}Condition`);
    if (typeof condition !== 'boolean') throw unexpected(`${path}Condition`, condition, 'a boolean');
    if (condition) return leave(visit, rule, visit.input, {}, path);
  }
  if (state.Default === undefined) {
    throw new StatesError(
      'States.NoChoiceMatched',
      'No rule of the Choice state matched, and it has no Default',
    );
  }
  return leave(visit, { ...state, Next: state.Default }, visit.input);
}

/** A state that can fail and be tried again: `Retry` first, then `Catch`. */
async function attempt(state: State & { Type: 'Task' | 'Map' }, visit: Visit): Promise<Step> {
  const { context, execution } = visit;
  const attempts = new Map<Retrier, number>();
  for (;;) {
    try {
      const result = await (state.Type === 'Task' ? runTask(state, visit) : runMap(state, visit));
      return await leave(visit, state, result, { result });
    } catch (error) {
      execution.signal.throwIfAborted();
      const failure = explain(error, visit);
      const delay = retryDelay(state.Retry ?? [], failure.error, attempts);
      if (delay !== undefined) {
        await sleep(delay, execution.signal);
        context.State.RetryCount += 1;
        visit.redriven = false;
        continue;
      }
      const index = (state.Catch ?? []).findIndex(({ ErrorEquals }) => covers(ErrorEquals, failure.error));
      const catcher = state.Catch?.[index];
      if (!catcher) throw failure;
      return leave(visit, catcher, failure.output, { errorOutput: failure.output }, `Catch[${index}]/`);
    }
  }
}

/** Evaluation errors say where they happened, and stand in the history. Anything else unforeseen is States.Runtime. */
function explain(error: unknown, { execution, name }: Visit): StatesError {
  const place = `An error occurred while executing the state '${name}' (entered at the event id #${execution.history.enteredId}).`;
  if (!(error instanceof StatesError)) return new StatesError('States.Runtime', `${place} ${error}`);
  if (error.error !== 'States.QueryEvaluationError' || error.cause.startsWith(place)) return error;
  const explained = new StatesError(error.error, `${place} ${error.cause}`);
  execution.history.record('EvaluationFailed', 'evaluationFailedEventDetails', {
    error: error.error,
    cause: explained.cause,
    location: /specified for the field '([^']+)'/.exec(error.cause)?.[1],
    state: name,
  });
  return explained;
}

export function unexpected(field: string, value: Json, wanted: string): StatesError {
  return new StatesError(
    'States.QueryEvaluationError',
    `The value ${JSON.stringify(value).slice(0, 200)} specified for the field '${field}' is not ${wanted}.`,
  );
}

/** The value of a numeric field, which is a number or an expression. */
export async function integer(
  visit: Visit,
  template: Json,
  field: string,
  minimum: number,
  maximum: number,
): Promise<number> {
  const value = await visit.evaluate(template, field);
  if (Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum) return Number(value);
  throw unexpected(field, value, `an integer from ${minimum} to ${maximum}`);
}

/** The value of a field that must be a JSON object, such as `Arguments`. */
export async function object(visit: Visit, template: Json, field: string): Promise<JsonObject> {
  const value = await visit.evaluate(template, field);
  if (isObject(value)) return value;
  throw unexpected(field, value, 'a JSON object');
}
