import './cli/quiet';
import { Command } from 'commander';
import type { ExecutionInput } from '../client';
import { newName } from '../client/execution-name';
import { choose, type Wish } from '../client/plan/choose';
import { savePlan } from '../client/plan/saved-plan';
import { formatSeconds } from './cli/amounts';
import { EXIT, runCommand } from './cli/command';
import { dollars, duration, executionName, executionReference, integer } from './cli/parsers';
import { addProcessorsFolderOption } from './cli/processors-folder-option';
import type { Progress } from './cli/progress';
import { print } from './cli/terminal';
import { UsageError } from './cli/usage-error';
import { DEFAULT_BUCKET_FOLDER } from './local/boot';
import { addBucketFolderOption, type BucketFolders } from './local/bucket-folders';
import { addEnvironmentOption, type StackOptions } from './local/stack-options';
import { executeCommand } from './plan/command-words';
import { measure } from './plan/measure';
import { type Plan, printPlan, shortfall } from './plan/print-plan';
import { type Sample, sampleOption } from './plan/sample-option';
import { addInputOptions, executionInput, type InputOptions } from './run/input-options';
import { findPrices } from './run/prices';
import { addProcessorOptions, type ProcessorOptions } from './run/processor-options';
import { resolveInput } from './run/resolve-input';
import { runOnTarget } from './run/run-on-target';
import { addSelectionOptions } from './run/selection-options';
import { openLocalTarget, openTarget, type Target, type TargetOptions, targetOption } from './run/target';

interface Options
  extends TargetOptions,
    Omit<InputOptions, 'sample'>,
    ProcessorOptions,
    Pick<StackOptions, 'env' | 'processorsFolder'> {
  workers?: number;
  deadline?: number;
  budget?: number;
  sample?: Sample;
  from?: string;
  name?: string;
  bucketDir?: BucketFolders;
  json?: boolean;
}

const command = new Command('plan.ts')
  .usage('[prefix] [options]')
  .description(
    'Predicts a run before it starts: its objects, and the time and the cost on AWS for each number of workers.',
  )
  .argument('[prefix]', 'plan for every object whose key starts with this (default: input/), example: data/')
  .addOption(targetOption())
  .option('--workers <number>', 'plan for so many workers, example: 10', integer(1))
  .option(
    '--deadline <time>',
    'the fewest workers that are done in this time, example: 30m or 1h30m',
    duration,
  )
  .option('--budget <USD>', 'the fastest run that costs no more, example: 5USD', dollars)
  .option(
    '--from <execution>',
    'the run (name or ARN) whose results tell how long an object takes (default: the newest one with the same processor), example: nightly-7',
    executionReference,
  );
addInputOptions(command);
addSelectionOptions(command, sampleOption);
addProcessorOptions(command);
addProcessorsFolderOption(command, 'local only, ');
addEnvironmentOption(command, 'local only, ');
addBucketFolderOption(command, 'local only, ', 'local/bucket')
  .option(
    '--name <name>',
    'name of the planned execution; its summary compares it with the plan (default: made from the time), example: nightly-7',
    executionName,
  )
  .option('--json', 'print only a JSON summary on standard output (default: tables), example: --json')
  .addHelpText(
    'after',
    `
Without --workers, --deadline or --budget the plan recommends the fastest run that costs at most a quarter more than the cheapest one.
Times and costs are those of AWS, also of a plan in the local cloud. Only the objects of --sample are processed.

Exit codes: 0 done, 1 no number of workers meets the deadline or the budget, 2 wrong usage.

Examples:
  npm run plan -- data/ --sample 20
  npm run plan -- data/ --deadline 30m --processor thumbnail
  npm run plan -- "" --match '**/*.jpg' --budget 5USD --from nightly-7`,
  );

runCommand(command, async () => {
  const [prefix] = command.processedArgs as [string | undefined];
  const options = command.opts<Options>();
  checkWish(options);
  const { sample, ...rest } = options;
  const inputOptions = { ...rest, sample: sample?.share };
  const input = executionInput(options.workers ?? 1, prefix, inputOptions);
  return runOnTarget(
    (progress) => open(options, progress),
    (target, progress, signal) => plan(target, input, options, progress, signal),
  );
});

function checkWish({ workers, deadline, budget, sample, from }: Options): void {
  const given = [
    workers !== undefined && '--workers',
    deadline !== undefined && '--deadline',
    budget !== undefined && '--budget',
  ].filter((flag) => flag !== false);
  if (given.length > 1)
    throw new UsageError(`Give only one of ${given.join(' and ')}: each decides on the workers.`);
  if (sample?.count !== undefined && from !== undefined)
    throw new UsageError('Give only one of --sample and --from: each says how long an object takes.');
}

function open(options: Options, progress: Progress): Promise<Target> {
  const { bucketDir, processorsFolder, env } = options;
  const localOnly = [
    ...(processorsFolder === undefined ? [] : ['--processors-folder']),
    ...(env ? ['--env'] : []),
    ...(bucketDir ? ['--bucket-dir'] : []),
  ];
  const local = {
    processorsFolder,
    bucketFolder: bucketDir?.own ?? DEFAULT_BUCKET_FOLDER,
    bucketFolders: bucketDir?.others,
    environment: env,
  };
  return openTarget(options, localOnly, () => openLocalTarget(local, progress), progress);
}

async function plan(
  target: Target,
  given: ExecutionInput,
  options: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { batch } = target;
  const { name = newName('plan'), json, sample = {}, from } = options;
  const { fleet } = batch.deployment;
  if (!fleet)
    throw new UsageError(
      'The deployment does not say what its instances are: deploy it again, with this version.',
    );
  if ((options.workers ?? 1) > fleet.maxWorkers)
    throw new UsageError(
      `--workers is ${options.workers}: the deployment has at most ${fleet.maxWorkers} (maxWorkers).`,
    );
  const input = await resolveInput(target, given, { ...options, sample: sample.share }, name, progress);
  const preview = input && (await batch.preview(input));
  if (!input || !preview || preview.counts.selected === 0) {
    if (json) process.stdout.write(`${JSON.stringify({ objects: 0 })}\n`);
    else
      print([preview?.message ?? `Nothing failed in ${options.retryFailed}.`, 'There is nothing to plan.']);
    return EXIT.done;
  }
  signal.throwIfAborted();
  const { selected: objects, bytes, without_size: withoutSize } = preview.counts;
  const prices = findPrices(target, fleet);
  const measurement = await measure(target, input, objects, { count: sample.count, from }, progress, signal);
  const { processorSeconds, storageSeconds, outputsPerObject, outputBytesPerObject } = measurement;
  const basis = {
    objects,
    bytes,
    processorSeconds,
    storageSeconds,
    outputsPerObject,
    outputBytesPerObject,
    ...(input.batch_size !== undefined && { batchSize: input.batch_size }),
    fleet,
  };
  const found = await prices;
  const choice = choose(basis, wishOf(options), found);
  progress.end();
  return tell(target, { ...choice, basis, withoutSize, measurement, prices: found }, name, options);
}

function wishOf({ workers, deadline, budget }: Options): Wish {
  return { workers, deadlineSeconds: deadline, budgetDollars: budget };
}

async function tell(target: Target, plan: Plan, name: string, options: Options): Promise<number> {
  const { recommended, basis, prices } = plan;
  const next = recommended && {
    workers: recommended.workers,
    batchSize: recommended.batchSize,
    name,
    isWatched: target.kind === 'aws',
  };
  const start = next && executeCommand(process.argv.slice(2), next);
  const saved = { basis: { ...basis, batchSize: next?.batchSize }, prices };
  const isSaved = next === undefined || (await savePlan(target.batch, name, saved));
  if (options.json) process.stdout.write(`${JSON.stringify({ name, ...plan, start })}\n`);
  else printPlan(plan);
  const { deadline, budget } = options;
  const wish =
    deadline === undefined ? `a budget of ${budget} USD` : `a deadline of ${formatSeconds(deadline)}`;
  const problem = shortfall(plan, wish);
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  if (!isSaved)
    process.stderr.write(
      'You may not write into the bucket (s3:PutObject): the summary of the run will not compare it with this plan.\n',
    );
  if (start === undefined) return EXIT.failed;
  if (!options.json) print(['', `Start it: ${start}`]);
  return EXIT.done;
}
