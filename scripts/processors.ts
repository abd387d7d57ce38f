import './cli/quiet';
import { basename } from 'node:path';
import { Command } from 'commander';
import { bundleRuntime } from '../bundles';
import { loadConfig } from '../stacks/settings/config';
import { EXIT, runCommand } from './cli/command';
import { addProcessorsFolderOption, type ProcessorsFolderOption } from './cli/processors-folder-option';
import { print } from './cli/terminal';
import { UsageError } from './cli/usage-error';
import { describeListing } from './processors/listing';

const command = new Command('processors.ts')
  .usage('[name] [options]')
  .description('Lists the processors with their outputs and parameters.')
  .argument('[name]', 'only this one, example: thumbnail')
  .option('--json', 'print names, versions, outputs and parameters as JSON, example: --json');
addProcessorsFolderOption(command).addHelpText(
  'after',
  `
A processor that does not build or load is listed with its error.

Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  npx ts-node scripts/processors.ts
  npx ts-node scripts/processors.ts simulate`,
);

runCommand(command, async () => {
  const [name] = command.processedArgs as [string | undefined];
  const { json, processorsFolder } = command.opts<{ json?: boolean } & ProcessorsFolderOption>();
  const config = loadConfig({ options: { processorsFolder } });
  const { processors } = bundleRuntime(config);
  if (name !== undefined && !Object.hasOwn(processors, name)) {
    throw new UsageError(
      `There is no processor ${name}: ${basename(config.processorsFolder)}/ has ${Object.keys(processors).join(', ')}.`,
    );
  }
  const listed = Object.entries(processors).filter(([each]) => name === undefined || each === name);
  print(json ? [JSON.stringify(Object.fromEntries(listed))] : describeListing(listed, config.processor));
  return EXIT.done;
});
