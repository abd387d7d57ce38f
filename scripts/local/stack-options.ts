/** Options that change the stack of a local cloud for one run. */
import { type Command, Option } from 'commander';
import { processorNames } from '../../bundles/processors/names';
import { assignment } from '../cli/parsers';

export interface StackOptions {
  processor?: string;
  env?: Record<string, string>;
}

/** `where` begins the descriptions: when the options apply. */
export function addStackOptions(command: Command, where = ''): Command {
  return command
    .addOption(
      new Option(
        '--processor <name>',
        `${where}use this processor instead of the stack's, example: gzip`,
      ).choices(processorNames()),
    )
    .option(
      '--env <NAME=VALUE>',
      `${where}repeatable: an environment variable for the processor, example: --env SIMULATE_SECONDS=1`,
      assignment,
    );
}
