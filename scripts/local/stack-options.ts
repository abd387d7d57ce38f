/** Options that change the stack of a local cloud. */
import type { Command } from 'commander';
import { assignment } from '../cli/parsers';
import { addProcessorsFolderOption, type ProcessorsFolderOption } from '../cli/processors-folder-option';

export interface StackOptions extends ProcessorsFolderOption {
  processor?: string;
  env?: Record<string, string>;
}

export function addStackOptions(command: Command): Command {
  command.option(
    '--processor <name>',
    "the processor of executions that name none (default: the stack's), example: gzip",
  );
  return addEnvironmentOption(addProcessorsFolderOption(command));
}

/** `where` begins the description: when the option applies. */
export function addEnvironmentOption(command: Command, where = ''): Command {
  return command.option(
    '--env <NAME=VALUE>',
    `${where}repeatable: an environment variable for processors, example: --env SIMULATE_SECONDS=1`,
    assignment,
  );
}
