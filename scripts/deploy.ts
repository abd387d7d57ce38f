import './lib/quiet';
import { Command } from 'commander';
import type { Config } from '../stacks/config';
import { findAwsTarget, requireAwsTarget } from './lib/aws-target';
import { EXIT, runCommand, UsageError } from './lib/command';
import { confirm } from './lib/confirm';
import { type CallerIdentity, callerIdentity, credentialProblem } from './lib/credentials';
import { dockerProblem } from './lib/docker';
import { Progress } from './lib/progress';
import { pushAhead, pushImage } from './lib/push-image';
import { addSettingOptions, givenSettings, loadConfigWith } from './lib/setting-options';
import { placeOf, readState, type State, stateLocation } from './lib/state';
import { cdktf, terraformProblem } from './lib/terraform';

interface Options {
  skipImage?: boolean;
  yes?: boolean;
}

const command = new Command('deploy.ts')
  .usage('[options]')
  .description(
    'Deploys the stack to your AWS account with `cdktf deploy`, then builds and pushes the worker image.',
  )
  .option('--skip-image', 'leave building and pushing the image to `npm run push`; Docker is not needed then')
  .option('--yes', 'do not ask before anything is made');
addSettingOptions(command);
command.addHelpText(
  'after',
  `
An option holds for this run. To keep a setting, put it into cdktf.json ("context": {"batchProcessor": {…}}) or into its
environment variable (BATCH_…). The README lists all settings. cdktf takes its own options from its environment
variables, example: CDKTF_LOG_LEVEL=debug.

Exit codes: 0 done, 1 deploying failed or was not wanted, 2 wrong usage or something is missing.

Examples:
  npm run deploy
  npm run deploy -- --region eu-west-1 --instance-type m5.large --max-workers 200 --spot
  npm run deploy -- --bucket my-data --skip-image --yes`,
);

runCommand(command, async () => {
  const { skipImage, yes } = command.opts<Options>();
  const config = loadConfigWith(command);
  const progress = new Progress();
  try {
    progress.step('Checking Terraform, Docker and the AWS credentials');
    const caller = await checkPrerequisites(config, skipImage);
    const state = await readState(config);
    checkSamePlace(config, caller, state);
    progress.end();
    process.stderr.write(`${plan(config, caller, state, skipImage)}\n\n`);
    if (!(await confirm(state ? 'Update the deployment?' : 'Deploy?', yes))) {
      progress.note('Nothing was changed.');
      return EXIT.failed;
    }
    // An update replaces running workers: their new image is there before.
    const deployed = skipImage ? undefined : await findAwsTarget(config);
    if (deployed) await pushAhead(deployed, config.architecture, progress);
    progress.end();
    const code = await cdktf('deploy', ['--auto-approve'], config);
    if (code !== 0) {
      progress.note(
        `cdktf deploy ended with exit code ${code}: its output says why, docs/operations.md what to do. Run this again to go on, or \`npm run cleanup\` to take down what was made.`,
      );
      return EXIT.failed;
    }
    const target = await requireAwsTarget({ config });
    if (!skipImage) await pushImage(target, progress);
    progress.end();
    process.stderr.write(`\n${nextSteps(config, target.deployment.bucketName, skipImage)}\n`);
    return EXIT.done;
  } finally {
    progress.end();
  }
});

/** Throws a UsageError that names everything that is missing at once. */
async function checkPrerequisites(config: Config, skipImage: boolean | undefined): Promise<CallerIdentity> {
  const [terraform, docker, caller] = await Promise.all([
    terraformProblem(config),
    skipImage ? undefined : dockerProblem(),
    callerIdentity(config.region).catch((error) => {
      const problem = credentialProblem(error);
      if (problem) return problem;
      throw error;
    }),
  ]);
  const withoutDocker = docker && `${docker} Or deploy without the image: --skip-image.`;
  const problems = [terraform, withoutDocker, typeof caller === 'string' ? caller : undefined].filter(
    Boolean,
  );
  if (problems.length > 0 || typeof caller === 'string') throw new UsageError(problems.join('\n'));
  return caller;
}

/**
 * Terraform looks for what it made where the configuration points: elsewhere it finds nothing, and forgets it. So a
 * deployment is only updated where it is.
 */
function checkSamePlace(config: Config, caller: CallerIdentity, state: State | undefined): void {
  const { region, accountId } = state ? placeOf(state) : {};
  if (region && region !== config.region) {
    throw new UsageError(
      `The deployment ${config.namePrefix} is in ${region}, not in ${config.region}: give --region ${region}, or another --name-prefix for a second one, or take it down first (npm run cleanup).`,
    );
  }
  if (accountId && accountId !== caller.accountId) {
    throw new UsageError(
      `The deployment ${config.namePrefix} is in account ${accountId}, these credentials are of ${caller.accountId}: use the other's, or another --name-prefix.`,
    );
  }
}

function plan(
  config: Config,
  caller: CallerIdentity,
  state: State | undefined,
  skipImage: boolean | undefined,
): string {
  const types = config.instanceTypes.join(', ');
  const bucketName = config.bucket ?? `${config.namePrefix}-${caller.accountId}-${config.region}`;
  const bucketUntilNow = state?.outputs.bucket_name ?? bucketName;
  const bucket = [
    bucketName,
    config.bucket ? 'whose settings stay as they are' : 'which is made with the stack',
    ...(bucketUntilNow === bucketName ? [] : [`INSTEAD OF ${bucketUntilNow} until now`]),
  ];
  const rows = [
    ['Account', `${caller.accountId} (${caller.arn})`],
    ['Region', config.region],
    ['Stack', `${config.namePrefix}, ${state ? 'which is there: it is updated' : 'new'}`],
    ['Workers', `0 at rest, up to ${config.maxWorkers} of ${types}${config.spot ? ' (Spot)' : ''}`],
    ['Processor', config.processor],
    ['Bucket', bucket.join(', ')],
    ['State', stateLocation(config)],
    ['Image', `for ${config.architecture}, ${skipImage ? 'left to `npm run push`' : 'built and pushed'}`],
  ];
  return rows.map(([name, value]) => `${name?.padEnd(10)} ${value}`).join('\n');
}

function nextSteps(config: Config, bucketName: string, skipImage: boolean | undefined): string {
  const lines = ['Deployed. Next:'];
  if (skipImage) lines.push('  npm run push');
  lines.push(
    `  aws s3 cp --recursive <folder> s3://${bucketName}/input/`,
    '  npx ts-node scripts/execute.ts 2 input/ --watch',
    '  npm run cleanup    # takes it all down',
  );
  const given = givenSettings(command, config);
  if (Object.keys(given).length > 0) {
    const context = JSON.stringify({ batchProcessor: given });
    lines.push(
      'The options hold for this deployment until the next one. To keep them, put this into cdktf.json:',
      `  "context": ${context}`,
    );
  }
  return lines.join('\n');
}
