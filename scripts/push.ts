import './cli/quiet';
import { Command } from 'commander';
import { loadConfig } from '../stacks/settings/config';
import { EXIT, runCommand } from './cli/command';
import { addProcessorsFolderOption, type ProcessorsFolderOption } from './cli/processors-folder-option';
import { Progress } from './cli/progress';
import { requireDeployment } from './deployment/aws-deployment';
import { checkProcessors } from './deployment/checks/check-processors';
import { pushImage } from './deployment/image/push-image';

const command = new Command('push.ts')
  .usage('[options]')
  .description(
    "Builds the worker's image and pushes it to the deployed repository, unless the repository has it.",
  );
addProcessorsFolderOption(command).addHelpText(
  'after',
  `
It needs Docker with buildx and AWS credentials. The image's tag is the hash of its content, and the task definition names
the tag. If the code has changed since the deployment, run \`npm run deploy\`, which also pushes. BATCH_NAME_PREFIX and
BATCH_STATE_BUCKET, or cdktf.json, say which deployment this is.

Exit codes: 0 the repository has the image, 1 building or pushing failed, 2 wrong usage or something is missing.

Example:
  npm run push`,
);

runCommand(command, async () => {
  const progress = new Progress();
  try {
    const { processorsFolder } = command.opts<ProcessorsFolderOption>();
    const config = loadConfig({ options: { processorsFolder } });
    checkProcessors(config, progress);
    await pushImage(await requireDeployment({ config }), config, progress);
    return EXIT.done;
  } finally {
    progress.end();
  }
});
