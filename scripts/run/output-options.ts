/** The options of the commands that follow a run: what they write. */
import type { Command } from 'commander';

export interface OutputOptions {
  logs?: boolean;
  json?: boolean;
}

/** `whereLogs` ends the description of --logs: when it applies. */
export function addOutputOptions(command: Command, whereLogs = ''): Command {
  return command
    .option(
      '--logs',
      `show the workers' log lines on standard error as they come${whereLogs} (default: only the progress), example: --logs`,
    )
    .option(
      '--json',
      'print only a JSON summary on standard output, at the end (default: a table), example: --json',
    );
}
