/** Programs that a scenario runs. They end with the round. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../../root';
import type { Round } from '../scenario';

/** Throws an Error if it cannot be started. */
export function start(
  round: Round,
  program: string,
  args: string[],
  options: SpawnOptions = {},
): ChildProcess {
  const child = spawn(program, args, { cwd: ROOT, ...options });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve()).once('error', () => resolve());
  });
  round.atEnd(() => {
    child.kill('SIGKILL');
    return ended;
  });
  return child;
}

/** Resolves when it has ended. Rejects if it fails. */
export async function run(
  round: Round,
  program: string,
  args: string[],
  options: SpawnOptions = {},
): Promise<{ seconds: number }> {
  const startedAt = performance.now();
  const child = start(round, program, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with code ${code}`);
  return { seconds: (performance.now() - startedAt) / 1000 };
}

/** The JSON document that a module of test/bench/ prints. */
export async function runModule<Printed>(
  round: Round,
  module: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<Printed> {
  const child = start(round, process.execPath, [join(ROOT, 'test', 'bench', module), ...args], {
    env: { PATH: process.env.PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('no output');
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`${module} ended with code ${code}`);
  return JSON.parse(printed);
}

/** A program that answers messages, one at a time. */
export interface Child {
  /** The next message of the program. */
  answer<Answer>(): Promise<Answer>;
  ask<Answer>(question: object): Promise<Answer>;
  /** The program ends by itself when its parent disconnects. */
  close(): void;
}

export function startListening(round: Round, program: string, args: string[], options: SpawnOptions): Child {
  const child = start(round, program, args, options);
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${args.join(' ')} ended with code ${code}`);
  });
  // The rejection matters only while a caller waits for an answer.
  gone.catch(() => {});
  const answer = async <Answer>() => {
    const [message] = await Promise.race([once(child, 'message'), gone]);
    return message as Answer;
  };
  return {
    answer,
    ask(question) {
      child.send(question);
      return answer();
    },
    close: () => child.disconnect(),
  };
}
