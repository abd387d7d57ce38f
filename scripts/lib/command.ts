/** What every command line tool here does alike: help, exit codes, one clear line for a person's mistake. */
import { type Command, CommanderError, InvalidArgumentError } from 'commander';
import { LocalCloudError } from '../../local/errors';
import { ConfigError } from '../../stacks/config';
import { credentialProblem } from './credentials';
import { guardTerminal, print, tell } from './terminal';

/** 0: done, 1: the run failed, 2: wrong usage. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Mistakes of the person at the keyboard, one a line: each names the value and the remedy. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly lines: string[];

  constructor(...lines: string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

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
    process.exitCode = await action(command);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

/** Errors whose message is made for a person. */
const MISTAKES = [UsageError, ConfigError, LocalCloudError];

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const credentials = credentialProblem(error);
  if (credentials) tell([credentials]);
  else if (error instanceof UsageError) tell(error.lines);
  else tell([error instanceof Error ? error.message : String(error)]);
  if (credentials || MISTAKES.some((kind) => error instanceof kind)) return EXIT.usage;
  if (process.env.DEBUG && error instanceof Error) tell((error.stack ?? '').split('\n'));
  return EXIT.failed;
}

/** Parser of an option or argument that is a whole number. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`Give a whole number, ${range}.`);
  };
}

/** Parser of a whole number whose range is the workflow's to judge. */
export function wholeNumber(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
}

/** Parser of an execution's name: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
export function executionName(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what is not allowed.
  if (/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/.test(text)) return text;
  throw new InvalidArgumentError('Give 1 to 80 letters, digits, hyphens or underscores.');
}

/** Parser of an execution's name or ARN. */
export function executionReference(text: string): string {
  return text.startsWith('arn:') ? text : executionName(text);
}

/** Parser of an option or argument that is a number. */
export function number(text: string): number {
  if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  throw new InvalidArgumentError('Give a number.');
}

/** Parser of a repeatable NAME=VALUE option. */
export function assignment(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Give NAME=VALUE.');
  return { ...previous, [name]: value };
}
