import './lib/quiet';
import { Command, Option } from 'commander';
import type { ExecutionInput } from '../runtime/contract';
import { processors } from '../runtime/worker/processors';
import { chooseAwsTarget } from './lib/aws-target';
import { checkInput } from './lib/check-input';
import {
  assignment,
  EXIT,
  executionName,
  executionReference,
  number,
  runCommand,
  UsageError,
  wholeNumber,
} from './lib/command';
import { addFaultOptions, type FaultOptions } from './lib/fault-options';
import { follow } from './lib/follow';
import { checkImage } from './lib/image';
import { DEFAULT_BUCKET_FOLDER, openLocalTarget } from './lib/local-target';
import { describeSnapshot, type Progress } from './lib/progress';
import { retryFailed } from './lib/retry-failed';
import { runOnTarget } from './lib/run-on-target';
import { quote } from './lib/shell';
import { executionConsoleUrl, newName, startExecution, stopExecution } from './lib/start-execution';
import { printSummary, type Summary, summarize } from './lib/summary';
import type { Target } from './lib/target';

interface Options extends FaultOptions {
  target?: 'aws' | 'local';
  manifest?: string;
  key?: string[];
  retryFailed?: string;
  batchSize?: number;
  toleratedFailurePercentage?: number;
  force?: boolean;
  processor?: string;
  env?: Record<string, string>;
  bucketDir?: string;
  name?: string;
  watch?: boolean;
  json?: boolean;
}

const command = new Command('execute.ts')
  .usage('<workers> [prefix] [options]')
  .description('Processes objects: starts one execution of the workflow, on AWS or in the local cloud.')
  .argument('<workers>', "workers to provision, 1 to the stack's maxWorkers (100), example: 10", wholeNumber)
  .argument('[prefix]', 'process every object whose key starts with this (default: input/), example: data/')
  .addOption(
    new Option(
      '--target <where>',
      'aws or local (default: the deployment if there is one, else local), example: --target local',
    ).choices(['aws', 'local']),
  )
  .option(
    '--manifest <key>',
    'instead of a prefix: an object with one {"Key": …} a line, example: manifests/keys.jsonl',
  )
  .option(
    '--key <key...>',
    'instead of a prefix: these objects, example: --key data/empty.txt data/README.txt',
  )
  .option(
    '--retry-failed <execution>',
    'instead of a prefix: the objects that failed in this execution, by its name or ARN, and no others; it has ended, and its results are in the bucket, example: --retry-failed nightly-7',
    executionReference,
  )
  .option(
    '--batch-size <objects>',
    'objects per task, 1 to 1000, fewer where keys are long (default: 1), example: 50',
    wholeNumber,
  )
  .option(
    '--tolerated-failure-percentage <percent>',
    'failed objects up to which the run goes on; all objects of a task count as failed where one does (default: 0: the first failure ends the run), example: 5',
    number,
  )
  .option(
    '--force',
    'process objects again although their output is up to date (default: skip them), example: --force',
  )
  .addOption(
    new Option('--processor <name>', "local only: another than the stack's processor, example: gzip").choices(
      Object.keys(processors),
    ),
  )
  .option(
    '--env <NAME=VALUE>',
    'local only, repeatable: a variable for the processor, example: --env SIMULATE_SECONDS=1',
    assignment,
  )
  .option(
    '--bucket-dir <folder>',
    'local only: the folder that is the bucket (default: local/bucket), example: /data',
  )
  .option(
    '--name <name>',
    "the execution's name, unique for 90 days (default: made from the time), example: nightly-7",
    executionName,
  )
  .option(
    '--watch',
    'AWS only: follow the execution to its end, or stop it with Ctrl-C (default: start it and return), example: --watch',
  )
  .option(
    '--json',
    'print one JSON summary last, and nothing else on standard output (default: a table), example: --json',
  )
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 the run failed, 2 wrong usage. Where nothing failed, --retry-failed starts nothing and ends with 0,
its JSON summary {"status":"NOTHING_FAILED"}.

Examples:
  npx ts-node scripts/execute.ts 10 data/
  npx ts-node scripts/execute.ts 4 data/ --processor simulate --env SIMULATE_SECONDS=1 --force
  npx ts-node scripts/execute.ts 2 --key data/empty.txt data/README.txt --json
  npx ts-node scripts/execute.ts 2 --retry-failed run-20261123T141713-015c0d`,
  );
addFaultOptions(command, 'local only, ');

runCommand(command, async () => {
  const [workers, prefix] = command.processedArgs as [number, string | undefined];
  const options = command.opts<Options>();
  const input = executionInput(workers, prefix, options);
  return runOnTarget(
    (progress) => openTarget(options, progress),
    (target, progress, signal) => execute(target, input, options, progress, signal),
  );
});

function executionInput(workers: number, prefix: string | undefined, options: Options): ExecutionInput {
  const sources = [
    prefix !== undefined && 'a prefix',
    options.manifest !== undefined && '--manifest',
    options.key && '--key',
    options.retryFailed !== undefined && '--retry-failed',
  ];
  const given = sources.filter(Boolean);
  if (given.length > 1)
    throw new UsageError(`Give one of ${given.join(' and ')}: they all say what to process.`);
  return {
    worker_count: workers,
    ...(options.key && { objects: options.key.map((Key) => ({ Key })) }),
    ...(options.manifest !== undefined && { manifest: { Key: options.manifest } }),
    ...(given.length === 0 && { prefix: 'input/' }),
    ...(prefix !== undefined && { prefix }),
    ...(options.toleratedFailurePercentage !== undefined && {
      tolerated_failure_percentage: options.toleratedFailurePercentage,
    }),
    ...(options.batchSize !== undefined && { batch_size: options.batchSize }),
    ...(options.force && { force: true }),
  };
}

async function openTarget(options: Options, progress: Progress): Promise<Target> {
  const localOnly = [
    options.processor && '--processor',
    options.env && '--env',
    options.bucketDir && '--bucket-dir',
    options.fault && '--fault',
  ];
  const given = localOnly.filter(Boolean).join(' and ');
  const aws = await chooseAwsTarget(options.target);
  if (aws) {
    if (given)
      throw new UsageError(`${given} is for the local cloud: add --target local, or configure the stack.`);
    if (!options.target)
      progress.note(`Running on AWS, the deployment in the Terraform state (${aws.deployment.region}).`);
    await checkImage(aws);
    return aws;
  }
  if (!options.target)
    progress.note('Running in the local cloud: there is no deployment in the Terraform state.');
  return openLocalTarget(
    {
      bucketFolder: options.bucketDir ?? DEFAULT_BUCKET_FOLDER,
      processor: options.processor,
      environment: options.env,
      fault: options.fault,
      faultSeed: options.faultSeed,
    },
    progress,
  );
}

async function execute(
  target: Target,
  given: ExecutionInput,
  options: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { name = newName('run'), retryFailed: earlier } = options;
  const input = earlier === undefined ? given : await retryFailed(target, earlier, name, given);
  if (!input) {
    progress.note(`Nothing failed in ${earlier}: there is nothing to do.`);
    if (options.json) process.stdout.write('{"status":"NOTHING_FAILED"}\n');
    return EXIT.done;
  }
  await checkInput(target, input);
  signal.throwIfAborted();
  const executionArn = await startExecution(target, name, input);
  progress.note(`Execution ${executionArn}`);
  if (target.kind === 'aws') progress.note(executionConsoleUrl(target.deployment.region, executionArn));
  if (target.kind === 'aws' && !options.watch) {
    if (options.json)
      process.stdout.write(`${JSON.stringify({ status: 'RUNNING', execution: executionArn })}\n`);
    return EXIT.done;
  }

  try {
    const ended = await follow(
      target,
      executionArn,
      (snapshot) => progress.update(describeSnapshot(snapshot, input.worker_count)),
      signal,
    );
    progress.end();
    const { summary, results } = await summarize(target, ended, input);
    if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    else printSummary(summary, results);
    return report(summary, input, retryCommand(input.worker_count, name, options));
  } catch (error) {
    if (!signal.aborted) throw error;
    progress.step('Stopping the execution and its workers');
    await stopExecution(target, executionArn, 'Stopped by the person who ran it');
    throw signal.reason;
  }
}

/** What processes again what failed, with the same code in the same place. */
function retryCommand(workers: number, name: string, { target, bucketDir, processor, env }: Options): string {
  const words = [
    `npx ts-node scripts/execute.ts ${workers} --retry-failed ${name}`,
    target && `--target ${target}`,
    bucketDir && `--bucket-dir ${quote(bucketDir)}`,
    processor && `--processor ${processor}`,
    ...Object.entries(env ?? {}).map(([variable, value]) => `--env ${quote(`${variable}=${value}`)}`),
  ];
  return words.filter(Boolean).join(' ');
}

function report(summary: Summary, { batch_size: batch = 1 }: ExecutionInput, retry: string): number {
  if (summary.failed > 0) process.stderr.write(`What failed is processed again by: ${retry}\n`);
  if (summary.pending > 0)
    process.stderr.write(
      'What is not done is processed by the same command again, which skips what is done.\n',
    );
  if (summary.status === 'SUCCEEDED') return EXIT.done;
  process.stderr.write(
    `The run ended ${summary.status}: ${summary.error ?? 'no error'}: ${summary.cause ?? 'no cause'}\n`,
  );
  if (summary.error === 'States.ExceedToleratedFailureThreshold') {
    if (batch > 1)
      process.stderr.write('All objects of a task (--batch-size) count as failed where one of them fails.\n');
    process.stderr.write('With --tolerated-failure-percentage 100 failed objects do not end the run.\n');
  }
  return EXIT.failed;
}
