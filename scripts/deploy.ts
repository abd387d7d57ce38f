import './cli/quiet';
import { Command } from 'commander';
import { OWN_FOLDER } from '../bundles/processors/folder';
import { ownBucketName } from '../stacks/bucket-name';
import type { Config } from '../stacks/complete-config';
import { ownerPolicies } from '../stacks/owner-policies';
import { EXIT, runCommand } from './cli/command';
import { confirm } from './cli/confirm';
import { Progress } from './cli/progress';
import { tell } from './cli/terminal';
import { findDeployment, requireDeployment } from './deployment/aws-deployment';
import type { CallerIdentity } from './deployment/caller-identity';
import { checkProcessors } from './deployment/check-processors';
import { checkDataLoss } from './deployment/data-loss';
import { checkExistingBuckets } from './deployment/existing-buckets';
import { checkNetwork } from './deployment/network';
import { describeOwnerPolicies } from './deployment/owner-policies';
import { type Change, describeChanges } from './deployment/plan';
import { checkPrerequisites, checkSameAccountAndRegion } from './deployment/prerequisites';
import { pushAhead, pushImage } from './deployment/push-image';
import {
  makeServiceLinkedRoles,
  missingServiceLinkedRoles,
  type ServiceLinkedRole,
} from './deployment/service-linked-roles';
import { addSettingOptions, givenSettings, loadConfigWith } from './deployment/setting-options';
import { readState, type State, stateLocation } from './deployment/state';
import { unconfirmedSubscriptions } from './deployment/subscriptions';
import { Terraform } from './deployment/terraform';
import { checkTerraformVariables } from './deployment/terraform-variables';
import { findUnknownResources } from './deployment/unknown-resources';
import { alone, makeWorkFolder } from './deployment/work-folder';
import { synthesizeStack } from './stack/synthesize';

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
Ctrl-C ends it in order: Terraform finishes what it has begun, writes its state and releases its lock.

Exit codes: 0 done, 1 it failed or you answered no, 2 wrong usage or something is missing.

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
  progress.step('Building the processors');
  checkProcessors(config, progress);
  progress.step('Checking Terraform, Docker and the AWS credentials');
  const caller = await checkPrerequisites(config, skipImage);
  const state = await readState(config);
  checkSameAccountAndRegion(config, caller, state);
  for (const note of await checkExistingBuckets(config, caller)) progress.note(note);
  await checkNetwork(config);
  const roles = await missingServiceLinkedRoles(config);
  progress.step('Synthesizing the stack');
  const stackFolder = await synthesizeStack(makeWorkFolder(config.namePrefix), config);
  const terraform = await Terraform.init(config, stackFolder, progress);
  let changes = await terraform.plan(progress);
  progress.step('Looking for what the changes would overwrite');
  const unknown = await findUnknownResources(changes, config, caller, state);
  if (unknown.length > 0) changes = await terraform.plan(progress, unknown);
  await checkDataLoss(changes, config);
  progress.end();
  tell([...plan(config, caller, state, changes, roles, skipImage), '']);
  if (!(await confirm(state ? 'Update the deployment?' : 'Deploy?', yes))) {
    progress.note('Nothing was changed.');
    return EXIT.failed;
  }
  // An update replaces running workers, so their new image must be there first.
  const deployed = skipImage ? undefined : await findDeployment({ config });
  if (deployed) await pushAhead(deployed, config, progress);
  await makeServiceLinkedRoles(roles, config);
  progress.end();
  const code = await terraform.apply();
  if (code !== 0) {
    progress.note(
      `terraform apply ended with exit code ${code}: its output says why, and docs/operations.md what to do. Run this again to go on, or \`npm run cleanup\` to remove everything.`,
    );
    return EXIT.failed;
  }
  const made = await requireDeployment({ config });
  if (!skipImage) await pushImage(made, config, progress);
  progress.end();
  const unconfirmed = await unconfirmedSubscriptions(config, changes);
  const policies = describeOwnerPolicies(ownerPolicies(config, caller));
  const { bucketName } = made.batch.deployment;
  tell(['', ...nextSteps(config, bucketName, skipImage, unconfirmed), ...policies]);
  return EXIT.done;
}

function plan(
  config: Config,
  caller: CallerIdentity,
  state: State | undefined,
  changes: Change[],
  roles: ServiceLinkedRole[],
  skipImage: boolean | undefined,
): string[] {
  const types = config.instanceTypes.join(', ');
  const bucketName = config.bucket ?? ownBucketName(config.namePrefix, caller.accountId, config.region);
  const bucketUntilNow = state?.outputs.bucket_name ?? bucketName;
  const bucket = [
    bucketName,
    config.bucket ? 'whose settings stay as they are' : 'which the stack makes',
    ...(bucketUntilNow === bucketName ? [] : [`INSTEAD OF ${bucketUntilNow}`]),
  ];
  const rows = [
    ['Account', `${caller.accountId} (${caller.arn})`],
    ['Region', [config.region, ...unusedRegion(config)].join(', ')],
    ['Stack', `${config.namePrefix}, ${state ? 'which exists: an update' : 'new'}`],
    ['Changes', describeChanges(changes)],
    ...(roles.length > 0
      ? [['Roles', `the account gets the service-linked roles ${roles.map(({ role }) => role).join(', ')}`]]
      : []),
    [
      'Workers',
      `0 between executions, up to ${config.maxWorkers} of ${types}${config.spot ? ' (Spot)' : ''}`,
    ],
    ['Processor', processorOf(config)],
    ['Bucket', bucket.join(', ')],
    ...(config.readBuckets ? [['Reads', config.readBuckets.join('; ')]] : []),
    ...(config.outputBucket ? [['Outputs', config.outputBucket]] : []),
    ['Alarms', alarmsRow(config)],
    ['Messages', messagesRow(config)],
    ...config.schedules.map(({ name, expression, timezone }) => [
      'Schedule',
      `${name}, ${expression}, ${timezone}`,
    ]),
    ['State', stateLocation(config)],
    ['Image', `for ${config.architecture}, ${skipImage ? 'left to `npm run push`' : 'built and pushed'}`],
  ];
  return rows.map(([name, value]) => `${name?.padEnd(10)} ${value}`);
}

function alarmsRow({ alarmTopicArn, alarmEmail }: Config): string {
  if (alarmEmail) return `e-mail to ${alarmEmail}`;
  return alarmTopicArn ?? 'NOTIFY NOBODY: give --alarm-email <address>, or set alarmTopicArn';
}

function messagesRow({ notifyTopicArn, notifyEmail }: Config): string {
  if (notifyEmail) return `e-mail to ${notifyEmail}`;
  return notifyTopicArn ?? 'none: give --notify-email <address>, or set notifyTopicArn';
}

/** The folder, where it is not the project's own. */
function processorOf({ processor, processorsFolder }: Config): string {
  return processorsFolder === OWN_FOLDER ? processor : `${processor}, of ${processorsFolder}`;
}

/** The AWS CLI's variables of the region do not choose the stack's: the same settings make the same stack everywhere. */
function unusedRegion({ region }: Config): string[] {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return Object.entries({ AWS_REGION, AWS_DEFAULT_REGION })
    .filter(([, value]) => value && value !== region)
    .map(([name, value]) => `not ${name} (${value}): give --region ${value} to deploy there`)
    .slice(0, 1);
}

function nextSteps(
  config: Config,
  bucketName: string,
  skipImage: boolean | undefined,
  unconfirmed: string[],
): string[] {
  const lines = ['Deployed. Next:'];
  if (skipImage) lines.push('  npm run push');
  lines.push(
    ...unconfirmed.map((line) => `  ${line}`),
    `  aws s3 cp --recursive <folder> s3://${bucketName}/input/`,
    '  npx ts-node scripts/execute.ts 2 input/ --watch',
    '  npm run cleanup    # takes it all down',
  );
  const given = givenSettings(command, config);
  if (Object.keys(given).length > 0) {
    const context = JSON.stringify({ batchProcessor: given });
    lines.push(
      'The next deployment does not remember these options. To keep them, put this into cdktf.json:',
      `  "context": ${context}`,
    );
  }
  return lines;
}
