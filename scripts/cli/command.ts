/** The frame of every command: help, exit codes, one clear line for a user's mistake. */
import { type Command, CommanderError } from 'commander';
import { BatchProcessorError } from '../../client/errors';
import { LocalCloudError } from '../../local/core/errors';
import { ConfigError } from '../../stacks/settings/config-error';
import { credentialProblem } from './credential-problem';
import { fileProblem } from './file-problem';
import { loadProxy } from './proxy';
import { guardTerminal, print, tell } from './terminal';
import { UsageError } from './usage-error';

/**
 * 0: done, 1: the run failed, 2: wrong usage, 3: the run succeeded, but objects failed, 4: the run goes on, but cannot be followed any
 * more.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, objectsFailed: 3, lostSight: 4 } as const;

/** Parses the command line and runs `action`, whose return value is the exit code. */
export async function runCommand(
  command: Command,
  action: (command: Command) => Promise<number>,
): Promise<void> {
  guardTerminal();
  command.exitOverride().configureOutput({
    writeOut: (help) => print(help.trimEnd().split('\n')),
    // In one line, also with commander's "(Did you mean --fault?)".
    outputError: (text, write) =>
      write(text.replace(/^error: /, '').replace(/\n(\(Did you mean .*\)\n)$/, ' $1')),
  });
  try {
    command.parse();
    await loadProxy();
    process.exitCode = await action(command);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

/** Errors whose message is made for the user. */
const MISTAKES = [UsageError, ConfigError, LocalCloudError, BatchProcessorError];

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const problem = credentialProblem(error) ?? fileProblem(error);
  if (problem) tell([problem]);
  else if (error instanceof UsageError) tell(error.lines);
  else tell([error instanceof Error ? error.message : String(error)]);
  if (problem || MISTAKES.some((kind) => error instanceof kind)) return EXIT.usage;
  if (process.env.DEBUG && error instanceof Error) tell((error.stack ?? '').split('\n'));
  return EXIT.failed;
}
