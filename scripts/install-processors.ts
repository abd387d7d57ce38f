import { Command } from 'commander';
import { findProcessorsFolder } from '../stacks/settings/config';
import { runVisibly } from './cli/child';
import { EXIT, runCommand } from './cli/command';
import { addProcessorsFolderOption, type ProcessorsFolderOption } from './cli/processors-folder-option';

const command = new Command('install-processors.ts')
  .usage('[options]')
  .description(
    'Completes what npm installs for processors: runs the install scripts that package.json allows, and installs requirements.txt.',
  );
addProcessorsFolderOption(command).addHelpText(
  'after',
  `
Run \`npm ci\` first. Python packages go into .venv in the folder of processors.

Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  npm run processors:install
  npm run processors:install -- --processors-folder ../our-processors`,
);

runCommand(command, async () => {
  const { processorsFolder } = command.opts<ProcessorsFolderOption>();
  const { path } = findProcessorsFolder({ options: { processorsFolder } });
  const code = await runVisibly('sh', ['bundles/install/processors.sh', path]);
  return code === 0 ? EXIT.done : EXIT.failed;
});
