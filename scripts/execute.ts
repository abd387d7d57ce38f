import './cli/quiet';
import { Command } from 'commander';
import type { ExecutionInput } from '../client';
import { newName } from '../client/execution-name';
import { EXIT, runCommand } from './cli/command';
import { executionName, wholeNumber } from './cli/parsers';
import type { Progress } from './cli/progress';
import { printJson } from './cli/terminal';
import { UsageError } from './cli/usage-error';
import { addInputOptions, executionInput, type InputOptions } from './input/input-options';
import { printPreview } from './input/print-preview';
import { addProcessorOptions, type ProcessorOptions } from './input/processor-options';
import { resolveInput } from './input/resolve-input';
import { addSelectionOptions } from './input/selection-options';
import { addFaultOptions, type FaultOptions } from './local/fault-options';
import { start } from './run/follow';
import { addOutputOptions, type OutputOptions } from './run/output-options';
import { watchToEnd } from './run/watch-to-end';
import { openTarget } from './target/open-target';
import { runOnTarget } from './target/run-on-target';
import type { Target } from './target/target';
import { addLocalOptions, type RunTargetOptions, targetOption } from './target/target-options';

interface Options extends RunTargetOptions, InputOptions, ProcessorOptions, OutputOptions, FaultOptions {
  name?: string;
  watch?: boolean;
  dryRun?: boolean;
}

const command = new Command('execute.ts')
  .usage('<workers> [prefix] [options]')
  .description('Starts one execution that processes objects, on AWS or in the local cloud.')
  .argument('<workers>', "workers to provision, 1 to the stack's maxWorkers (100), example: 10", wholeNumber)
  .argument('[prefix]', 'process every object whose key starts with this (default: input/), example: data/')
  .addOption(targetOption());
addInputOptions(command);
addSelectionOptions(command);
addProcessorOptions(command);
addLocalOptions(command)
  .option(
    '--name <name>',
    "the execution's name, unique for 90 days (default: made from the time), example: nightly-7",
    executionName,
  )
  .option(
    '--watch',
    'AWS only: follow the execution to its end; Ctrl-C stops the execution (default: start it and return), example: --watch',
  )
  .option(
    '--dry-run',
    'show what would be processed, and start nothing (default: start it), example: --dry-run',
  );
addOutputOptions(command, ', on AWS with --watch').addHelpText(
  'after',
  `
Exit codes: 0 done, 1 the run failed, 2 wrong usage, 3 done, but objects failed within the tolerance, 4 the run continues, but the command
can no longer follow it (scripts/watch.ts does). If nothing failed in the earlier execution, --retry-failed starts nothing, ends with 0,
and its JSON summary is {"status":"NOTHING_FAILED"}.

Examples:
  npx ts-node scripts/execute.ts 10 data/
  npx ts-node scripts/execute.ts 4 data/ --processor simulate --param seconds=1
  npx ts-node scripts/execute.ts 2 --key data/empty.txt data/README.txt --json
  npx ts-node scripts/execute.ts 4 "" --match '**/*.jpg' --exclude '**/tmp/**' --larger-than 1MB --dry-run
  npx ts-node scripts/execute.ts 4 data/ --changed
  npx ts-node scripts/execute.ts 4 --manifest ./keys.csv --limit 100
  npx ts-node scripts/execute.ts 2 --retry-failed run-20261123T141713-015c0d`,
);
addFaultOptions(command, 'local only, ');

runCommand(command, async () => {
  const [workers, prefix] = command.processedArgs as [number, string | undefined];
  const options = command.opts<Options>();
  const input = executionInput(workers, prefix, options);
  return runOnTarget(
    (progress) => openTarget(options, progress, { isForRun: !options.dryRun }),
    (target, progress, signal) => execute(target, input, options, progress, signal),
  );
});

async function execute(
  target: Target,
  given: ExecutionInput,
  options: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { name = newName('run'), retryFailed: earlier, json, logs } = options;
  if (logs && target.kind === 'aws' && !options.watch)
    throw new UsageError('--logs shows what workers write while the run is followed: add --watch.');
  if (target.isCurrent?.() === false)
    progress.note(
      'This local cloud runs the code as it was when scripts/local.ts started it: restart that to run the code as it is now.',
    );
  const input = await resolveInput(target, given, options, name, progress);
  if (!input) {
    progress.note(`Nothing failed in ${earlier}: there is nothing to do.`);
    if (json) printJson({ status: 'NOTHING_FAILED' });
    return EXIT.done;
  }
  checkFolder(target, input);
  if (options.dryRun) {
    const preview = await target.batch.preview(input);
    if (json) printJson({ status: 'DRY_RUN', ...preview });
    else printPreview(preview, input.select?.changed === true);
    return EXIT.done;
  }
  await target.batch.check(input);
  signal.throwIfAborted();
  const execution = await start(target, name, input, progress);
  if (target.kind === 'aws' && !options.watch) {
    if (json) printJson({ status: 'RUNNING', execution: execution.arn });
    return EXIT.done;
  }
  const run = { execution, workers: input.worker_count, force: input.force, logs };
  return watchToEnd(target, run, options, progress, signal);
}

/** Throws a UsageError for a bucket that the deployment reads, and that has no folder in the local cloud. */
function checkFolder({ bucketFolders, batch }: Target, { bucket }: ExecutionInput): void {
  const { bucketName, sourceBuckets } = batch.deployment;
  if (!bucketFolders || bucket === undefined || bucket === bucketName) return;
  if (!sourceBuckets.includes(bucket) || bucketFolders[bucket] !== undefined) return;
  throw new UsageError(
    `The bucket ${bucket} has no folder in the local cloud: give one, --bucket-dir ${bucket}=FOLDER.`,
  );
}
