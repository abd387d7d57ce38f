/** Asks at the terminal before something that costs or destroys. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from './usage-error';

/**
 * True if the answer is yes, or `yes` (the option `--yes`) was given. Throws a UsageError where there is nobody to ask.
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new UsageError('Standard input is no terminal, so nobody can be asked: add --yes to go ahead.');
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const interruption = new AbortController();
  // Ctrl-C, and the end of the input (Ctrl-D), which would leave the question open.
  prompt.once('SIGINT', () => interruption.abort()).once('close', () => interruption.abort());
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal: interruption.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (interruption.signal.aborted) return false;
    throw error;
  } finally {
    prompt.close();
  }
}
