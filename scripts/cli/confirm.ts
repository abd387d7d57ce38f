/** Asks at the terminal before something that costs or destroys. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { UsageError } from './usage-error';

/**
 * True if the answer is yes, or with `yes` (the option `--yes`). Ctrl-C and the end of the input (Ctrl-D) mean no. Throws a
 * UsageError if standard input is not a terminal.
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new UsageError('Standard input is not a terminal, so nobody can answer: add --yes to go ahead.');
  }
  // The terminal itself lets the user edit the line, so no control code is needed.
  const input = createInterface({ input: process.stdin, terminal: false });
  const interrupt = () => input.close();
  process.once('SIGINT', interrupt);
  process.stderr.write(`${question} [y/N] `);
  try {
    const answer = await Promise.race([once(input, 'line'), once(input, 'close')]);
    return /^y(es)?$/i.test(String(answer[0] ?? '').trim());
  } finally {
    process.off('SIGINT', interrupt);
    input.close();
  }
}
