import './cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { Progress } from './cli/progress';
import { requireDeployment } from './deployment/aws-deployment';
import { pushImage } from './deployment/push-image';

const command = new Command('push.ts')
  .usage('[options]')
  .description(
    "Builds the worker's image and pushes it to the deployed repository, unless it is there already.",
  )
  .addHelpText(
    'after',
    `
The image's tag is the hash of what is in it, and the task definition names it: when the code has changed since the
deployment, run \`npm run deploy\`, which pushes as well. Needs Docker with buildx and AWS credentials. The deployment is
found in the Terraform state (BATCH_NAME_PREFIX and BATCH_STATE_BUCKET, or cdktf.json, say which).

Exit codes: 0 the image is there, 1 building or pushing failed, 2 wrong usage or something is missing.

Example:
  npm run push`,
  );

runCommand(command, async () => {
  const progress = new Progress();
  try {
    await pushImage(await requireDeployment(), progress);
    return EXIT.done;
  } finally {
    progress.end();
  }
});
