/** What every command does alike: help, exit codes, one clear line for a user's mistake. */
import { type Command, CommanderError } from 'commander';
import { BatchProcessorError } from '../../client';
import { LocalCloudError } from '../../local/errors';
import { ConfigError } from '../../stacks/config';
import { credentialProblem } from './credential-problem';
import { UsageError } from './usage-error';

/** 0: done, 1: the run failed, 2: wrong usage. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Parses the command line and runs `action`, whose return value is the exit code. */
export async function runCommand(
  command: Command,
  action: (command: Command) => Promise<number>,
): Promise<void> {
  command
    .exitOverride()
    // In one line, also with commander's "(Did you mean --fault?)".
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, '').replace('\n(', ' (')),
    });
  try {
    command.parse();
    process.exitCode = await action(command);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

/** Errors whose message is made for the user. */
const MISTAKES = [UsageError, ConfigError, LocalCloudError, BatchProcessorError];

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const credentials = credentialProblem(error);
  process.stderr.write(`${credentials ?? (error instanceof Error ? error.message : error)}\n`);
  if (credentials) return EXIT.usage;
  if (!MISTAKES.some((kind) => error instanceof kind)) {
    if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return EXIT.failed;
  }
  return EXIT.usage;
}
