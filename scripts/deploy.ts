import './cli/quiet';
import { Command } from 'commander';
import type { Config } from '../stacks/settings/complete-config';
import { ownerPolicies } from '../stacks/storage/owner-policies';
import { EXIT, runCommand } from './cli/command';
import { confirm } from './cli/confirm';
import { Progress } from './cli/progress';
import { tell } from './cli/terminal';
import { apply } from './deployment/apply';
import { describeDeployment } from './deployment/describe-deployment';
import { nextSteps } from './deployment/next-steps';
import { describeOwnerPolicies } from './deployment/owner-policies';
import { prepare } from './deployment/prepare';
import { addSettingOptions, givenSettings, loadConfigWith } from './deployment/setting-options';
import { unconfirmedSubscriptions } from './deployment/subscriptions';
import { checkTerraformVariables } from './deployment/terraform/variables';
import { alone } from './deployment/terraform/work-folder';

interface Options {
  skipImage?: boolean;
  yes?: boolean;
}

const command = new Command('deploy.ts')
  .usage('[options]')
  .description(
    'Synthesizes the stack and deploys it to your AWS account with Terraform. Pushes the worker image after the first deployment, and before every update.',
  )
  .option('--skip-image', 'do not build and push the image, which needs Docker: run `npm run push` later')
  .option('--yes', 'deploy without asking');
addSettingOptions(command);
command.addHelpText(
  'after',
  `
An option holds for this run only. To keep a setting, put it into cdktf.json ("context": {"batchProcessor": {…}}) or into
its environment variable (BATCH_…). The README lists all settings. Terraform reads its own variables, example: TF_LOG=debug.
Ctrl-C stops the command cleanly: Terraform finishes what it has begun, writes its state and releases its lock.

Exit codes: 0 done, 1 failed or you answered no, 2 wrong usage or something is missing.

Examples:
  npm run deploy
  npm run deploy -- --region eu-west-1 --instance-type m5.large --max-workers 200 --spot
  npm run deploy -- --bucket my-data --skip-image --yes`,
);

runCommand(command, async () => {
  const config = loadConfigWith(command);
  checkTerraformVariables();
  const progress = new Progress();
  try {
    return await alone(config.namePrefix, () => deploy(config, progress));
  } finally {
    progress.end();
  }
});

async function deploy(config: Config, progress: Progress): Promise<number> {
  const { skipImage, yes } = command.opts<Options>();
  const prepared = await prepare(config, skipImage, progress);
  progress.end();
  tell([...describeDeployment(prepared, skipImage), '']);
  if (!(await confirm(prepared.state ? 'Update the deployment?' : 'Deploy?', yes))) {
    progress.note('Nothing was changed.');
    return EXIT.failed;
  }
  const made = await apply(prepared, skipImage, progress);
  if (typeof made === 'string') {
    progress.note(
      `${made}: its output says why, and docs/operations.md what to do. Run this again to go on, or \`npm run cleanup\` to remove everything.`,
    );
    return EXIT.failed;
  }
  const unconfirmed = await unconfirmedSubscriptions(config, prepared.changes);
  const { bucketName } = made.batch.deployment;
  tell([
    '',
    ...nextSteps(bucketName, givenSettings(command, config), { skipImage, unconfirmed }),
    ...describeOwnerPolicies(ownerPolicies(config, prepared.caller)),
  ]);
  return EXIT.done;
}
