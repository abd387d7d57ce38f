/** Options that change the stack of a local cloud. */
import { type Command, Option } from 'commander';
import { processorNames } from '../../bundles/processors/names';
import { assignment } from '../cli/parsers';

export interface StackOptions {
  processor?: string;
  env?: Record<string, string>;
}

export function addStackOptions(command: Command): Command {
  command.addOption(
    new Option(
      '--processor <name>',
      "the processor of executions that name none (default: the stack's), example: gzip",
    ).choices(processorNames()),
  );
  return addEnvironmentOption(command);
}

/** `where` begins the description: when the option applies. */
export function addEnvironmentOption(command: Command, where = ''): Command {
  return command.option(
    '--env <NAME=VALUE>',
    `${where}repeatable: an environment variable for processors, example: --env SIMULATE_SECONDS=1`,
    assignment,
  );
}
