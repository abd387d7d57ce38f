import { Command } from 'commander';
import { bundleRuntime } from '../bundles';
import { loadConfig } from '../stacks/settings/config';
import { EXIT, runCommand } from './cli/command';
import { addProcessorsFolderOption, type ProcessorsFolderOption } from './cli/processors-folder-option';
import { print } from './cli/terminal';

const command = new Command('bundle.ts')
  .usage('[options]')
  .description(
    'Bundles runtime/ and the processors into dist/, for the container image and the Lambda functions.',
  );
addProcessorsFolderOption(command).addHelpText(
  'after',
  `
Exit codes: 0 done, 1 failed, 2 wrong usage.

Example:
  npm run bundle`,
);

runCommand(command, async () => {
  const { processorsFolder } = command.opts<ProcessorsFolderOption>();
  const { provisioner, worker } = bundleRuntime(loadConfig({ options: { processorsFolder } }));
  print([provisioner.archive, worker.folder]);
  return EXIT.done;
});
