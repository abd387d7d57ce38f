/**
 * JSONata in a definition. The functions that Step Functions adds, those it leaves out and its limits are as in the
 * Developer Guide, "Transforming data with JSONata".
 */

import { giveWay } from '../../time/turns';
import { EvaluationError } from '../errors';
import { isObject, type Json, type JsonObject } from '../json';
import { directValue } from './direct';
import { Evaluator, type Outcome, thrown } from './evaluator';
import { LimitExceeded } from './limits';
import { mentioned } from './mentioned';
import { Pool } from './pool';
import { isReference } from './reference';
import { isExpression, textOf } from './template';

/** The scope of an expression: the state machine's variables by name, and `$states`. */
export interface Scope {
  variables: JsonObject;
  states: { input: Json; context: Json; result?: Json; errorOutput?: Json };
}

/** For whom an expression is evaluated. */
export interface Evaluation {
  /** Expressions of one owner may wait for each other; those of different owners do not. */
  owner: unknown;
  /** Evaluation rejects with its reason as soon as it is aborted. Read only if something has to be waited for. */
  readonly signal?: AbortSignal;
}

export class Expressions {
  private readonly references = new Evaluator();
  private readonly pool = new Pool();

  /**
   * Evaluates a field. `field` names it in errors, as in `Arguments/Payload`.
   * Rejects with States.QueryEvaluationError if an expression throws, passes a limit, or gives nothing or no JSON.
   */
  evaluate(template: Json, scope: Scope, field: string, evaluation: Evaluation): Json | Promise<Json> {
    const evaluated = () => {
      const value = directValue(template, scope);
      return value === undefined ? this.value(template, scope, field, evaluation) : value;
    };
    return nextTurn(evaluation)?.then(evaluated) ?? evaluated();
  }

  /** A promise only if something has to be waited for: for each part of a field it would cost more than the part itself. */
  private value(template: Json, scope: Scope, field: string, evaluation: Evaluation): Json | Promise<Json> {
    if (isExpression(template)) return this.valueOfExpression(template, scope, field, evaluation);
    if (Array.isArray(template)) return this.items(template, scope, field, evaluation);
    return isObject(template) ? this.members(template, scope, field, evaluation) : template;
  }

  private async items(
    templates: Json[],
    scope: Scope,
    field: string,
    evaluation: Evaluation,
  ): Promise<Json[]> {
    const items: Json[] = [];
    for (const template of templates) {
      const turn = nextTurn(evaluation);
      if (turn) await turn;
      const item = this.value(template, scope, `${field}[${items.length}]`, evaluation);
      items.push(item instanceof Promise ? await item : item);
    }
    return items;
  }

  private async members(
    templates: JsonObject,
    scope: Scope,
    field: string,
    evaluation: Evaluation,
  ): Promise<JsonObject> {
    const members: [string, Json][] = [];
    for (const [key, template] of Object.entries(templates)) {
      const turn = nextTurn(evaluation);
      if (turn) await turn;
      const member = this.value(template, scope, `${field}/${key}`, evaluation);
      members.push([key, member instanceof Promise ? await member : member]);
    }
    return Object.fromEntries(members);
  }

  /** The parser's error for each `{% … %}`; undefined for a valid expression. */
  async problems(templates: readonly string[]): Promise<(string | undefined)[]> {
    const texts = templates.map(textOf);
    const parse = (text: string) => exceeding(this.pool.run({ text }, templates), ({ message }) => message);
    const others = Promise.all(texts.map((text) => (isReference(text) ? undefined : parse(text))));
    const [found, references] = await Promise.all([others, this.referenceProblems(texts)]);
    return texts.map((text, index) => found[index]?.problem ?? references.get(text));
  }

  private async referenceProblems(texts: string[]): Promise<Map<string, string | undefined>> {
    const problems = new Map<string, string | undefined>();
    for (const text of new Set(texts.filter(isReference))) {
      await giveWay();
      problems.set(text, this.references.parse(text).problem);
    }
    return problems;
  }

  private valueOfExpression(
    template: string,
    scope: Scope,
    field: string,
    evaluation: Evaluation,
  ): Json | Promise<Json> {
    const value = directValue(template, scope);
    return value === undefined ? this.evaluateText(textOf(template), scope, field, evaluation) : value;
  }

  private async evaluateText(
    text: string,
    scope: Scope,
    field: string,
    evaluation: Evaluation,
  ): Promise<Json> {
    const bindings = { ...scope.variables, states: scope.states };
    const evaluated = isReference(text)
      ? this.references.evaluate(text, bindings)
      : this.pool.run({ text, bindings: mentioned(text, bindings) }, evaluation.owner, evaluation.signal);
    const { value, problem } = await exceeding(evaluated, thrown);
    if (problem === undefined) return value as Json;
    const subject = `The JSONata expression '${text.trim()}' specified for the field '${field}'`;
    throw new EvaluationError(`${subject} ${problem}`, field);
  }

  /** Starts what evaluates before there is an expression. */
  prepare(): void {
    this.pool.prepare();
  }

  /** Ends what evaluates. */
  close(): Promise<void> {
    return this.pool.close();
  }
}

/** Awaited between the parts of a field; undefined if this turn has time for the next one. Rejects with the signal's reason. */
function nextTurn(evaluation: Evaluation): Promise<void> | undefined {
  return giveWay()?.then(() => evaluation.signal?.throwIfAborted());
}

/** A limit that a process passed is the outcome, whether it could say so itself or has been ended. */
async function exceeding(
  outcome: Outcome | Promise<Outcome>,
  describe: (error: LimitExceeded) => string,
): Promise<Outcome> {
  try {
    return await outcome;
  } catch (error) {
    if (error instanceof LimitExceeded) return { problem: describe(error) };
    throw error;
  }
}
