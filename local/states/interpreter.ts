/** The interpreter of the Amazon States Language: from state to state, until one ends the execution. */
import { covers, StatesError, tooLarge } from './errors';
import type { Execution } from './execution';
import type { Scope } from './expressions';
import { isObject, isTooLarge, type Json, type JsonObject } from './json';
import type { Outcome, Retrier, State } from './language';
import { runMap } from './map/state';
import { runTask } from './tasks';
import { sleep } from './timers';
import { giveWay } from './turns';

/** A state that an execution has entered. */
export interface EnteredState {
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

/** The result of a state. */
interface Step {
  output: Json;
  assigned: JsonObject;
  /** None ends the execution. */
  next?: string;
}

/** Runs the states from the execution's checkpoint on; resolves with the output as JSON text. */
export async function interpret(execution: Execution): Promise<string> {
  const { engine, history, program, signal } = execution;
  const evaluation = { owner: execution.mapRun?.executionArn ?? execution.executionArn, signal };
  for (let redriven = execution.redriveCount > 0; ; redriven = false) {
    await giveWay();
    signal.throwIfAborted();
    const { state: name, input, inputText, variables } = execution.checkpoint;
    const state = program.States[name] as State;
    if (!redriven) history.record(`${state.Type}StateEntered`, { name, input: inputText });
    const stateContext = { EnteredTime: new Date().toISOString(), Name: name, RetryCount: 0 };
    const context = { ...execution.context, State: stateContext };
    const entered: EnteredState = {
      execution,
      name,
      input,
      context,
      redriven,
      evaluate: (template, field, extra) => {
        const scope = { variables, states: { input, context, ...extra } };
        return engine.expressions.evaluate(template, scope, field, evaluation);
      },
    };
    const step = await perform(state, entered).catch((error) => {
      signal.throwIfAborted();
      throw explain(error, entered);
    });
    signal.throwIfAborted();
    const output = JSON.stringify(step.output);
    if (isTooLarge(output)) throw tooLarge(`The state '${name}' returned a result`);
    const assignedVariables = assignedTexts(step.assigned, name);
    history.record(`${state.Type}StateExited`, { name, output, assignedVariables });
    if (!step.next) return output;
    execution.checkpoint = {
      state: step.next,
      input: step.output,
      inputText: output,
      variables: { ...variables, ...step.assigned },
    };
  }
}

function assignedTexts(assigned: JsonObject, state: string): Record<string, string> | undefined {
  const texts = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)] as const);
  const large = texts.find(([, text]) => isTooLarge(text));
  if (large) throw tooLarge(`The state '${state}' assigned the variable '${large[0]}' a value`);
  return texts.length > 0 ? Object.fromEntries(texts) : undefined;
}

function perform(state: State, entered: EnteredState): Promise<Step> {
  switch (state.Type) {
    case 'Pass':
    case 'Succeed':
      return exit(entered, state, entered.input);
    case 'Fail':
      return fail(state, entered);
    case 'Wait':
      return wait(state, entered);
    case 'Choice':
      return choose(state, entered);
    case 'Task':
      return attempt(state, entered, () => runTask(state, entered));
    case 'Map':
      return attempt(state, entered, () => runMap(state, entered));
  }
}

/** Evaluates the variables and the output; both see the variables as they were before. */
async function exit(
  entered: EnteredState,
  { Assign, Output, Next }: Outcome,
  output: Json,
  extra: Partial<Scope['states']> = {},
  path = '',
): Promise<Step> {
  const assigned = Assign ? await entered.evaluate(Assign, `${path}Assign`, extra) : {};
  return {
    assigned: assigned as JsonObject,
    output: Output === undefined ? output : await entered.evaluate(Output, `${path}Output`, extra),
    next: Next,
  };
}

async function fail(state: State & { Type: 'Fail' }, entered: EnteredState): Promise<never> {
  const error = await string(entered, state.Error ?? '', 'Error');
  throw new StatesError(error, state.Cause && (await string(entered, state.Cause, 'Cause')));
}

async function wait(state: State & { Type: 'Wait' }, entered: EnteredState): Promise<Step> {
  let milliseconds: number;
  if (state.Seconds !== undefined) {
    milliseconds = 1_000 * (await integer(entered, state.Seconds, 'Seconds', 0, 99_999_999));
  } else {
    const timestamp = await string(entered, state.Timestamp ?? null, 'Timestamp');
    milliseconds = Date.parse(timestamp) - Date.now();
    if (Number.isNaN(milliseconds)) throw unexpected('Timestamp', timestamp, 'an ISO 8601 timestamp');
  }
  await sleep(milliseconds, entered.execution.signal);
  return exit(entered, state, entered.input);
}

async function choose(state: State & { Type: 'Choice' }, entered: EnteredState): Promise<Step> {
  for (const [index, rule] of state.Choices.entries()) {
    const path = `Choices[${index}]/`;
    const condition = await entered.evaluate(rule.Condition, `${path}Condition`);
    if (typeof condition !== 'boolean') throw unexpected(`${path}Condition`, condition, 'a boolean');
    if (condition) return exit(entered, rule, entered.input, {}, path);
  }
  if (state.Default !== undefined) return exit(entered, { ...state, Next: state.Default }, entered.input);
  throw new StatesError(
    'States.NoChoiceMatched',
    'No rule of the Choice state matched, and it has no Default',
  );
}

/** A state that can fail and be tried again: `Retry` first, then `Catch`. */
async function attempt(
  state: State & { Type: 'Task' | 'Map' },
  entered: EnteredState,
  run: () => Promise<Json>,
): Promise<Step> {
  const { context, execution } = entered;
  const attempts = new Map<Retrier, number>();
  for (;;) {
    try {
      const result = await run();
      return await exit(entered, state, result, { result });
    } catch (reason) {
      execution.signal.throwIfAborted();
      const failure = explain(reason, entered);
      const delay = retryDelay(state.Retry ?? [], failure.error, attempts);
      if (delay !== undefined) {
        await sleep(delay, execution.signal);
        context.State.RetryCount += 1;
        entered.redriven = false;
        continue;
      }
      const index = (state.Catch ?? []).findIndex(({ ErrorEquals }) => covers(ErrorEquals, failure.error));
      const catcher = state.Catch?.[index];
      if (!catcher) throw failure;
      return exit(entered, catcher, failure.output, { errorOutput: failure.output }, `Catch[${index}]/`);
    }
  }
}

/**
 * Milliseconds to wait before the next attempt, or undefined if there is none. The first retrier that covers the error
 * decides; `attempts` counts the retries of each since the state was entered.
 * Defaults: IntervalSeconds 1, MaxAttempts 3, BackoffRate 2, no jitter.
 */
export function retryDelay(
  retriers: readonly Retrier[],
  error: string,
  attempts: Map<Retrier, number>,
): number | undefined {
  const retrier = retriers.find(({ ErrorEquals }) => covers(ErrorEquals, error));
  if (!retrier) return undefined;
  const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds, JitterStrategy } = retrier;
  const retries = attempts.get(retrier) ?? 0;
  if (retries >= MaxAttempts) return undefined;
  attempts.set(retrier, retries + 1);
  const seconds = Math.min(IntervalSeconds * BackoffRate ** retries, MaxDelaySeconds ?? 31_622_400);
  return seconds * 1_000 * (JitterStrategy === 'FULL' ? Math.random() : 1);
}

/** Evaluation errors say where they happened, and the history has them. Any other unexpected error is States.Runtime. */
function explain(reason: unknown, { execution: { history }, name }: EnteredState): StatesError {
  const occurrence = `An error occurred while executing the state '${name}' (entered at the event id #${history.enteredId}).`;
  if (!(reason instanceof StatesError)) return new StatesError('States.Runtime', `${occurrence} ${reason}`);
  const { error, cause = '' } = reason;
  if (error !== 'States.QueryEvaluationError' || cause.startsWith(occurrence)) return reason;
  const explained = new StatesError(error, `${occurrence} ${cause}`);
  const location = /specified for the field '([^']+)'/.exec(cause)?.[1];
  history.record('EvaluationFailed', { error, cause: explained.cause, location, state: name });
  return explained;
}

export function unexpected(field: string, value: Json, wanted: string): StatesError {
  const shown = JSON.stringify(value).slice(0, 200);
  const why = `The value ${shown} specified for the field '${field}' is not ${wanted}.`;
  return new StatesError('States.QueryEvaluationError', why);
}

/** The value of a numeric field, which is a number or an expression. */
export async function integer(
  entered: EnteredState,
  template: Json,
  field: string,
  minimum: number,
  maximum: number,
): Promise<number> {
  const value = await entered.evaluate(template, field);
  if (Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum) return Number(value);
  throw unexpected(field, value, `an integer from ${minimum} to ${maximum}`);
}

async function string(entered: EnteredState, template: Json, field: string): Promise<string> {
  const value = await entered.evaluate(template, field);
  if (typeof value === 'string') return value;
  throw unexpected(field, value, 'a string');
}

/** The value of a field that must be a JSON object, such as `Arguments`. */
export async function object(entered: EnteredState, template: Json, field: string): Promise<JsonObject> {
  const value = await entered.evaluate(template, field);
  if (isObject(value)) return value;
  throw unexpected(field, value, 'a JSON object');
}
