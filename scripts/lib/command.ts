/** What every command line tool here does alike: help, exit codes, one clear line for a person's mistake. */
import { type Command, CommanderError, InvalidArgumentError } from 'commander';
import { LocalCloudError } from '../../local/errors';
import { ConfigError } from '../../stacks/config';
import { credentialProblem } from './credentials';

/** 0: done, 1: the run failed, 2: wrong usage. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** A mistake of the person at the keyboard: its message names the value and the remedy. */
export class UsageError extends Error {
  override name = 'UsageError';
}

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

/** Errors whose message is made for a person. */
const MISTAKES = [UsageError, ConfigError, LocalCloudError];

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
