import './cli/quiet';
import { Command, Option } from 'commander';
import type { Config } from '../stacks/settings/complete-config';
import { loadConfig } from '../stacks/settings/config';
import { EXIT, runCommand } from './cli/command';
import { confirm } from './cli/confirm';
import { Progress } from './cli/progress';
import { tell } from './cli/terminal';
import { UsageError } from './cli/usage-error';
import { describeRemains, describeTakeDown } from './deployment/cleanup/describe-take-down';
import { type Deployed, inspect } from './deployment/cleanup/inspect';
import { type BucketOptions, takeDown } from './deployment/cleanup/take-down';
import { checkTerraformVariables } from './deployment/terraform/variables';
import { alone } from './deployment/terraform/work-folder';

interface Options extends BucketOptions {
  yes?: boolean;
}

const command = new Command('cleanup.ts')
  .usage('[options]')
  .description('Takes the deployment down: stops executions, removes the workers, destroys the stack.')
  .option('--delete-data', 'delete the bucket that the stack made, with all objects in it')
  .addOption(
    new Option('--keep-bucket', 'keep the bucket that the stack made, with all objects in it').conflicts(
      'deleteData',
    ),
  )
  .option('--yes', 'take it down without asking')
  .addHelpText(
    'after',
    `
Cleanup never touches a bucket that the stack did not make. If the bucket that the stack made has objects, give one of
--delete-data and --keep-bucket: without them nothing is taken down. BATCH_NAME_PREFIX and BATCH_STATE_BUCKET, or
cdktf.json, say which deployment this is.

Ctrl-C stops the command cleanly: Terraform finishes what it has begun, writes its state and releases its lock.

Exit codes: 0 done, 1 failed or you answered no, 2 wrong usage or something is missing.

Examples:
  npm run cleanup
  npm run cleanup -- --delete-data --yes`,
  );

runCommand(command, async () => {
  const config = loadConfig();
  checkTerraformVariables();
  const progress = new Progress();
  try {
    return await alone(config.namePrefix, () => cleanUp(config, progress));
  } finally {
    progress.end();
  }
});

async function cleanUp(config: Config, progress: Progress): Promise<number> {
  const options = command.opts<Options>();
  progress.step('Looking at what is deployed');
  const deployed = await inspect(config);
  if (!deployed) {
    progress.note('There is nothing to take down: the Terraform state has no deployment.');
    return EXIT.done;
  }
  checkBucket(deployed, options);
  progress.end();
  tell([...describeTakeDown(deployed, options), '']);
  if (!(await confirm('Take it down?', options.yes))) {
    progress.note('Nothing was changed.');
    return EXIT.failed;
  }
  const failure = await takeDown(deployed, options, progress);
  if (failure) {
    progress.note(
      `${failure}: its output says why, and docs/operations.md what to do. Run this again to take down the rest.`,
    );
    return EXIT.failed;
  }
  progress.end();
  tell(['', ...describeRemains(deployed, options)]);
  return EXIT.done;
}

/** Throws a UsageError while no option says what happens to the data. */
function checkBucket({ ownBucket, ownBucketHasObjects }: Deployed, options: Options): void {
  if (!ownBucketHasObjects || options.deleteData || options.keepBucket) return;
  throw new UsageError(
    `The bucket ${ownBucket} has objects, so nothing was taken down. Add --delete-data to delete them and the bucket, or --keep-bucket to leave both and take down the rest.`,
  );
}
