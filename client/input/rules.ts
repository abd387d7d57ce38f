/**
 * The rules by which a state machine refuses its input: JSONata from its definition. A thread evaluates them, because a deployed
 * rule may do anything, and a thread can be terminated.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { InvalidInputError } from '../errors';

/** A choice of the state `ValidateInput`. */
export interface Rule {
  Condition: string;
  Assign: { problem: string };
}

interface Answer {
  problem?: string;
  /** The message of a rule that failed. */
  error?: string;
}

const LIMIT_SECONDS = 10;
/** A thread that takes more memory is ended. */
const LIMITS = { maxOldGenerationSizeMb: 128, stackSizeMb: 4 };

/**
 * The problem that the first matching rule reports; undefined if no rule matches. Throws an InvalidInputError if a rule fails or
 * does not end. The thread starts while the rules are read.
 */
export async function inputProblem(
  rules: Rule[] | Promise<Rule[]>,
  input: unknown,
  limitSeconds = LIMIT_SECONDS,
): Promise<string | undefined> {
  const thread = new Worker(`(${evaluateRules})()`, {
    eval: true,
    workerData: { jsonata: require.resolve('jsonata') },
    resourceLimits: LIMITS,
    execArgv: [],
  });
  const late = new AbortController();
  const answered = once(thread, 'message', { signal: late.signal });
  answered.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  try {
    thread.postMessage({ rules: await rules, input });
    timer = setTimeout(() => late.abort(), limitSeconds * 1000);
    const [{ problem, error }] = (await answered) as [Answer];
    if (error !== undefined)
      throw new InvalidInputError(`The state machine would fail on this input: ${error}`);
    return problem;
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    const { name, code } = error as NodeJS.ErrnoException;
    if (name === 'AbortError')
      throw new InvalidInputError(
        `The state machine's rules for its input took more than ${limitSeconds} s: correct ValidateInput in its definition.`,
      );
    if (code === 'ERR_WORKER_OUT_OF_MEMORY')
      throw new InvalidInputError(
        "The state machine's rules for its input need too much memory: correct ValidateInput in its definition.",
      );
    throw error;
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}

/** Runs in the thread, from its text: it sees nothing of this file. */
async function evaluateRules(): Promise<void> {
  const { once } = require('node:events');
  const { parentPort, workerData } = require('node:worker_threads');
  const given = once(parentPort, 'message');
  const jsonata = require(workerData.jsonata);
  const [{ rules, input }] = await given;
  const evaluate = (text: string) => {
    const expression = /^\{%(.*)%\}$/s.exec(text)?.[1];
    return expression === undefined ? text : jsonata(expression).evaluate({}, { states: { input } });
  };
  try {
    for (const { Condition, Assign } of rules) {
      if (await evaluate(Condition)) {
        parentPort.postMessage({ problem: await evaluate(Assign.problem) });
        return;
      }
    }
    parentPort.postMessage({});
  } catch (error) {
    parentPort.postMessage({ error: (error as Error).message });
  }
}
