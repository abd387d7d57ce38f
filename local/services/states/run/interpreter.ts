/** The interpreter of the Amazon States Language: from state to state, until one ends the execution. */

import { covers, EvaluationError, StateError, StatesError, tooLarge } from '../language/errors';
import type { Scope } from '../language/expressions';
import { isTooLarge, type Json, type JsonObject } from '../language/json';
import type { Outcome, Retrier, State } from '../language/schema';
import { parseTimestamp } from '../language/timestamp';
import { sleep } from '../time/timers';
import { giveWay } from '../time/turns';
import type { Engine } from './engine';
import { type EnteredState, explain } from './entered-state';
import type { Execution } from './execution';
import { integer, string, unexpectedType } from './fields';
import { runMap } from './map/state';
import { retryDelay } from './retry';
import { runTask } from './task/state';

/** The result of a state. */
interface Step {
  output: Json;
  assigned: JsonObject;
  /** None ends the execution. */
  next?: string;
}

/** Runs the states from the execution's checkpoint on; resolves with the output as JSON text. */
export async function interpret(execution: Execution, engine: Engine): Promise<string> {
  const { history, program } = execution;
  for (let redriven = execution.redriveCount > 0; ; redriven = false) {
    const turn = giveWay();
    if (turn) await turn;
    execution.interruption.throwIfHappened();
    const { state: name, input, inputText, variables } = execution.checkpoint;
    const state = program.States[name] as State;
    if (!redriven) history.record(`${state.Type}StateEntered`, { name, input: inputText });
    const stateContext: JsonObject = { EnteredTime: new Date().toISOString(), Name: name };
    // Recorded: the other states have none, although the guide's example of the context object shows it.
    if (state.Type === 'Task' || state.Type === 'Map') stateContext.RetryCount = 0;
    const context = { ...execution.context, State: stateContext };
    const entered: EnteredState = {
      engine,
      execution,
      name,
      input,
      context,
      redriven,
      evaluate: (template, field, extra) => {
        const scope = { variables, states: { input, context, ...extra } };
        return engine.expressions.evaluate(template, scope, field, execution);
      },
    };
    let step: Step;
    try {
      step = await perform(state, entered);
    } catch (error) {
      execution.interruption.throwIfHappened();
      throw explain(error, entered);
    }
    execution.interruption.throwIfHappened();
    const text = JSON.stringify(step.output);
    // Most tasks pass their result on. It is kept once, since children that have ended are most of what a large map holds in memory.
    const result = history.events.at(-1)?.details?.output;
    const output = text === result ? result : text;
    if (isTooLarge(output)) throw tooLarge(name);
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
  if (large) throw tooLarge(state);
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
  const error = state.Error === undefined ? undefined : await string(entered, state.Error, 'Error');
  const cause = state.Cause === undefined ? undefined : await string(entered, state.Cause, 'Cause');
  throw new StatesError(error, cause);
}

/** Seconds. Recorded: 24,855 days are not too long, 24,856 are. */
const MAX_WAIT_SECONDS = 2 ** 31 - 1;

async function wait(state: State & { Type: 'Wait' }, entered: EnteredState): Promise<Step> {
  let milliseconds: number;
  if (state.Seconds !== undefined) {
    milliseconds = 1_000 * (await integer(entered, state.Seconds, 'Seconds', 0, 99_999_999));
  } else {
    const timestamp = await string(entered, state.Timestamp ?? null, 'Timestamp');
    const time = parseTimestamp(timestamp);
    if (time === undefined) {
      const why = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${timestamp}`;
      throw new EvaluationError(why, 'Timestamp', true);
    }
    milliseconds = time - Date.now();
    if (milliseconds > MAX_WAIT_SECONDS * 1_000)
      throw new StateError('States.Runtime', 'Wait state delay is too long.');
  }
  await sleep(milliseconds, entered.execution.interruption.signal);
  return exit(entered, state, entered.input);
}

async function choose(state: State & { Type: 'Choice' }, entered: EnteredState): Promise<Step> {
  for (const [index, rule] of state.Choices.entries()) {
    const path = `Choices[${index}]/`;
    const condition = await entered.evaluate(rule.Condition, `${path}Condition`);
    if (typeof condition !== 'boolean')
      throw unexpectedType(rule.Condition, `${path}Condition`, condition, 'boolean');
    if (condition) return exit(entered, rule, entered.input, {}, path);
  }
  if (state.Default !== undefined) return exit(entered, { ...state, Next: state.Default }, entered.input);
  const why = 'Failed to transition out of the state. The state does not point to a next state.';
  throw new StateError('States.NoChoiceMatched', why);
}

/** A state that can fail and be tried again: `Retry` first, then `Catch`. */
async function attempt(
  state: State & { Type: 'Task' | 'Map' },
  entered: EnteredState,
  run: () => Promise<Json>,
): Promise<Step> {
  const { context, execution } = entered;
  let attempts: Map<Retrier, number> | undefined;
  for (;;) {
    try {
      const result = await run();
      return await exit(entered, state, result, { result });
    } catch (reason) {
      execution.interruption.throwIfHappened();
      const failure = explain(reason, entered);
      attempts ??= new Map();
      const delay = retryDelay(state.Retry ?? [], failure.error, attempts);
      if (delay !== undefined) {
        await sleep(delay, execution.interruption.signal);
        context.State.RetryCount = Number(context.State.RetryCount) + 1;
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
