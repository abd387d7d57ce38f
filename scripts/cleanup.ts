import './cli/quiet';
import { Command, Option } from 'commander';
import { loadConfig } from '../stacks/config';
import { EXIT, runCommand } from './cli/command';
import { confirm } from './cli/confirm';
import { Progress } from './cli/progress';
import { tell } from './cli/terminal';
import { UsageError } from './cli/usage-error';
import { type Deployed, inspect, type RunningExecution } from './deployment/inspect';
import { stateLocation } from './deployment/state';
import { type BucketOptions, takeDown } from './deployment/take-down';

interface Options extends BucketOptions {
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
    const failure = await takeDown(deployed, options, progress);
    if (failure) {
      progress.note(
        `${failure}: its output says why, docs/operations.md what to do. Run this again to take down what remains.`,
      );
      return EXIT.failed;
    }
    progress.end();
    tell(['', ...remains(deployed, options)]);
    return EXIT.done;
  } finally {
    progress.end();
  }
});

function count({ length }: RunningExecution[]): string {
  return length === 1 ? '1 execution' : `${length} executions`;
}

/** Throws a UsageError while no option says what happens to the data. */
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
  for (const { execution, startedAt } of executions)
    lines.push(`  ${execution.name}, since ${startedAt.toISOString()}`);
  return lines;
}

function remains({ config, state, ownBucket }: Deployed, { keepBucket }: Options): string[] {
  const lines = ['Taken down. What remains:'];
  const bucket = keepBucket ? ownBucket : ownBucket ? undefined : state.outputs.bucket_name;
  if (bucket) lines.push(`  the bucket ${bucket}; to work on it again: npm run deploy -- --bucket ${bucket}`);
  lines.push(`  the Terraform state ${stateLocation(config)}, which lists nothing any more`);
  lines.push('  the metrics in CloudWatch, which expire by themselves and cost nothing');
  return lines;
}
