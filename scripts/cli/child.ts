/** Other programs, in the repository's root: run with their output passed through, or asked for a short answer. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../root';

const ANSWER_MILLISECONDS = 60_000;

export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Undefined if the program is not installed. Ends a program that has not answered after a minute. */
export async function ask(program: string, args: string[], input = ''): Promise<Answer | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
  const child = spawn(program, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'], signal });
  // A program that ends without reading its input breaks the pipe; what it printed says why.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: code ?? 1, stdout, stderr };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (signal.aborted) return { code: 1, stdout: '', stderr: 'no answer after a minute' };
    throw error;
  }
}

/**
 * Runs a program whose output the user sees; resolves to its exit code. `environment`: default, this process's own. Ctrl-C reaches
 * the program itself, which may have to end what it has begun: so its end is awaited.
 */
export async function runVisibly(
  program: string,
  args: string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const options: SpawnOptions = { cwd: ROOT, env: environment, stdio: 'inherit' };
  const child = spawn(program, args, options);
  const wait = () => {};
  const forward = () => child.kill('SIGTERM');
  process.on('SIGINT', wait).on('SIGTERM', forward);
  try {
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } finally {
    process.off('SIGINT', wait).off('SIGTERM', forward);
  }
}
