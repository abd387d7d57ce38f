/**
 * JSONata in a definition. The functions that Step Functions adds, those it leaves out and its limits are as in the
 * Developer Guide, "Transforming data with JSONata".
 */

import { giveWay } from '../../time/turns';
import { EvaluationError } from '../errors';
import { isObject, type Json, type JsonObject } from '../json';
import { Evaluator, type Outcome, thrown } from './evaluator';
import { LimitExceeded } from './limits';
import { mentioned } from './mentioned';
import { Pool } from './pool';
import { isReference, valueOfPath } from './reference';
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
  /** Evaluation rejects with its reason as soon as it is aborted. */
  signal?: AbortSignal;
}

export class Expressions {
  private readonly references = new Evaluator();
  private readonly pool = new Pool();

  /**
   * Evaluates a field. `field` names it in errors, as in `Arguments/Payload`.
   * Throws States.QueryEvaluationError where an expression throws, passes a limit, or gives nothing or no JSON.
   */
  async evaluate(template: Json, scope: Scope, field: string, evaluation: Evaluation): Promise<Json> {
    await giveWay();
    evaluation.signal?.throwIfAborted();
    if (isExpression(template)) return this.evaluateExpression(template, scope, field, evaluation);
    if (Array.isArray(template)) {
      const items: Json[] = [];
      for (const item of template) {
        items.push(await this.evaluate(item, scope, `${field}[${items.length}]`, evaluation));
      }
      return items;
    }
    if (!isObject(template)) return template;
    const members: [string, Json][] = [];
    for (const [key, item] of Object.entries(template)) {
      members.push([key, await this.evaluate(item, scope, `${field}/${key}`, evaluation)]);
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

  private async evaluateExpression(
    template: string,
    { variables, states }: Scope,
    field: string,
    { owner, signal }: Evaluation,
  ): Promise<Json> {
    const text = textOf(template);
    const scope = { ...variables, states: states as JsonObject };
    const named = valueOfPath(text, scope);
    if (named !== undefined) return named;
    const evaluated = isReference(text)
      ? this.references.evaluate(text, scope)
      : this.pool.run({ text, bindings: mentioned(text, scope) }, owner, signal);
    const { value, problem } = await exceeding(evaluated, thrown);
    if (problem === undefined) return value as Json;
    const subject = `The JSONata expression '${text.trim()}' specified for the field '${field}'`;
    throw new EvaluationError(`${subject} ${problem}`, field);
  }

  /** Ends what evaluates. */
  close(): Promise<void> {
    return this.pool.close();
  }
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
