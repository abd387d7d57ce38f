import './lib/quiet';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { Command, Option } from 'commander';
import { type Config, loadConfig } from '../stacks/config';
import { emptyBucket, hasObjects } from './lib/bucket';
import { EXIT, runCommand, UsageError } from './lib/command';
import { confirm } from './lib/confirm';
import { callerIdentity } from './lib/credentials';
import { scaleToZero } from './lib/fleet';
import { Progress } from './lib/progress';
import { listRunning, type RunningExecution, stopAll } from './lib/running-executions';
import { placeOf, readState, type State, stateLocation } from './lib/state';
import { type Clients, createClients } from './lib/target';
import { tell } from './lib/terminal';
import { cdktf, forget, terraformProblem } from './lib/terraform';

interface Options {
  deleteData?: boolean;
  keepBucket?: boolean;
  yes?: boolean;
}

const command = new Command('cleanup.ts')
  .usage('[options]')
  .description('Takes the deployment down: executions are stopped, the workers go, everything is destroyed.')
  .option('--delete-data', 'delete all objects in the bucket, and the bucket (only one that the stack made)')
  .addOption(
    new Option(
      '--keep-bucket',
      'leave the bucket that the stack made, with all objects in it, and destroy the rest',
    ).conflicts('deleteData'),
  )
  .option('--yes', 'do not ask')
  .addHelpText(
    'after',
    `
A bucket that the stack did not make is left alone, whatever the options. One that it made and that has objects is only
deleted with --delete-data; without it or --keep-bucket nothing is taken down. The deployment is found in the Terraform
state (BATCH_NAME_PREFIX and BATCH_STATE_BUCKET, or cdktf.json, say which).

Exit codes: 0 done, 1 it failed or was not wanted, 2 wrong usage or something is missing.

Examples:
  npm run cleanup
  npm run cleanup -- --delete-data --yes`,
  );

/** What there is to take down; what an interrupted deployment did not come to is undefined. */
interface Deployed {
  config: Config;
  clients: Clients;
  state: State;
  executions: RunningExecution[];
  groupName?: string;
  /** The bucket that the stack made. */
  ownBucket?: string;
  ownBucketHasObjects: boolean;
}

runCommand(command, async () => {
  const options = command.opts<Options>();
  const progress = new Progress();
  try {
    progress.step('Looking at what is deployed');
    const deployed = await inspect(loadConfig());
    if (!deployed) {
      progress.note('There is nothing to take down: no deployment is in the Terraform state.');
      return EXIT.done;
    }
    checkBucket(deployed, options);
    progress.end();
    tell([...plan(deployed, options), '']);
    if (!(await confirm('Take it down?', options.yes))) {
      progress.note('Nothing was changed.');
      return EXIT.failed;
    }
    return await takeDown(deployed, options, progress);
  } finally {
    progress.end();
  }
});

async function inspect(configured: Config): Promise<Deployed | undefined> {
  const state = await readState(configured);
  if (!state) return undefined;
  // Where the deployment is counts, not where the configuration would put it by now.
  const place = placeOf(state);
  const config = { ...configured, region: place.region ?? configured.region };
  const problem = await terraformProblem(config);
  if (problem) throw new UsageError(problem);
  const { accountId } = await callerIdentity(config.region);
  if (place.accountId && place.accountId !== accountId) {
    throw new UsageError(
      `The deployment ${config.namePrefix} is in account ${place.accountId}, these credentials are of ${accountId}: use the other's.`,
    );
  }
  const stateMachineArn = attributeOf(state, 'aws_sfn_state_machine', 'arn');
  const ownBucket = attributeOf(state, 'aws_s3_bucket', 'bucket');
  const clients = createClients({ region: config.region });
  return {
    config,
    clients,
    state,
    executions: stateMachineArn ? await listRunning(clients.sfn, stateMachineArn) : [],
    groupName: attributeOf(state, 'aws_autoscaling_group', 'name'),
    ownBucket,
    ownBucketHasObjects: ownBucket !== undefined && (await hasObjects(clients.s3, ownBucket)),
  };
}

function count({ length }: RunningExecution[]): string {
  return length === 1 ? '1 execution' : `${length} executions`;
}

function attributeOf(state: State, type: string, attribute: string): string | undefined {
  return state.resources.find((resource) => resource.type === type)?.attributes[attribute] as
    | string
    | undefined;
}

/** Throws a UsageError if the person has yet to say what becomes of the data. */
function checkBucket({ ownBucket, ownBucketHasObjects }: Deployed, options: Options): void {
  if (!ownBucketHasObjects || options.deleteData || options.keepBucket) return;
  throw new UsageError(
    `The bucket ${ownBucket} has objects, so nothing was taken down. Add --delete-data to delete them and the bucket, or --keep-bucket to leave both and take down the rest.`,
  );
}

function plan(deployed: Deployed, { keepBucket }: Options): string[] {
  const { config, state, executions, ownBucket, ownBucketHasObjects } = deployed;
  const bucket = !ownBucket
    ? `${state.outputs.bucket_name ?? 'none'} was not made by the stack and is left alone`
    : keepBucket
      ? `${ownBucket} is left with everything in it`
      : `${ownBucket} is deleted${ownBucketHasObjects ? ' WITH ALL OBJECTS IN IT' : '; it is empty'}`;
  const rows = [
    ['Stack', `${config.namePrefix} in ${config.region}, ${state.resources.length} resources`],
    ['Bucket', bucket],
    ['Running', executions.length === 0 ? 'no execution' : `${count(executions)}, stopped first`],
  ];
  const lines = rows.map(([name, value]) => `${name?.padEnd(10)} ${value}`);
  for (const { name, startDate } of executions) lines.push(`  ${name}, since ${startDate?.toISOString()}`);
  return lines;
}

/** In the order in which AWS lets go: what runs, what it runs on, what it works on, the rest. */
async function takeDown(deployed: Deployed, options: Options, progress: Progress): Promise<number> {
  const { config, clients, state, executions, groupName, ownBucket } = deployed;
  if (executions.length > 0) {
    progress.step(`Stopping ${count(executions)}`);
    await stopAll(clients.sfn, executions);
  }
  if (groupName) {
    progress.step('Setting the fleet to zero');
    await scaleToZero(new AutoScalingClient({ region: config.region }), groupName, progress);
  }
  if (ownBucket && options.deleteData) {
    progress.step(`Deleting the objects of ${ownBucket}`);
    await emptyBucket(clients.s3, ownBucket, (count) => progress.update(`Deleted ${count} objects`));
  }
  if (ownBucket && options.keepBucket) {
    progress.step(`Making Terraform forget ${ownBucket}`);
    const addresses = state.resources.filter(({ type }) => type.startsWith('aws_s3_bucket'));
    const code = await forget(
      addresses.map(({ address }) => address),
      config,
    );
    if (code !== 0) return failed(progress, `Terraform ended with exit code ${code}`);
  }
  progress.step('Destroying the stack');
  const code = await cdktf('destroy', ['--auto-approve'], config);
  if (code !== 0) return failed(progress, `cdktf destroy ended with exit code ${code}`);
  progress.end();
  tell(['', ...remains(deployed, options)]);
  return EXIT.done;
}

function failed(progress: Progress, what: string): number {
  progress.note(
    `${what}: its output says why, docs/operations.md what to do. Run this again to take down what remains.`,
  );
  return EXIT.failed;
}

function remains({ config, state, ownBucket }: Deployed, { keepBucket }: Options): string[] {
  const lines = ['Taken down. What remains:'];
  const bucket = keepBucket ? ownBucket : ownBucket ? undefined : state.outputs.bucket_name;
  if (bucket) lines.push(`  the bucket ${bucket}; to work on it again: npm run deploy -- --bucket ${bucket}`);
  lines.push(`  the Terraform state ${stateLocation(config)}, which lists nothing any more`);
  lines.push('  the metrics in CloudWatch, which expire by themselves and cost nothing');
  return lines;
}
