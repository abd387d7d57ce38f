import './cli/quiet';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { newName } from '../client/execution-name';
import { EXIT, runCommand } from './cli/command';
import { integer } from './cli/parsers';
import type { Progress } from './cli/progress';
import { UsageError } from './cli/usage-error';
import { CHECKS } from './e2e/aws-checks/checks';
import { runChecks } from './e2e/aws-checks/run-checks';
import { deleteBelow, uploadObjects } from './e2e/objects';
import { verifyOutputs, verifyResults } from './e2e/verify';
import { addBucketFolderOption, type BucketFolders } from './local/bucket-folders';
import { followToEnd, start } from './run/follow';
import { printSummary } from './run/print-summary';
import { addProcessorOptions, type ProcessorOptions, processorInput } from './run/processor-options';
import { runOnTarget } from './run/run-on-target';
import { summarize } from './run/summary';
import { openLocalTarget, openTarget, type Target, type TargetOptions, targetOption } from './run/target';

interface Options extends TargetOptions, ProcessorOptions {
  objects: number;
  bucketDir?: BucketFolders;
  keep?: boolean;
  awsChecks?: boolean;
  only?: string[];
  json?: boolean;
}

const DIFFERENCES_SHOWN = 20;

const command = new Command('e2e.ts')
  .usage('[workers] [options]')
  .description(
    'Tests a deployment from end to end: makes objects, processes them, verifies every output and the results.',
  )
  .argument('[workers]', 'workers to provision, example: 5', integer(1), 3)
  .addOption(targetOption())
  .option('--objects <number>', 'objects to make, 0 to 6 MiB each, example: 100', integer(1, 10_000), 24)
  .option('--keep', 'keep the objects, outputs and results in the bucket')
  .option(
    '--aws-checks',
    'do not run the test; check the assumptions about AWS in docs/aws-checklist.md, example: --aws-checks',
  )
  .addOption(
    new Option(
      '--only <checks...>',
      'with --aws-checks: only these, example: --only definition map-limits',
    ).choices(CHECKS.map(({ name }) => name)),
  )
  .option(
    '--json',
    'with --aws-checks: print only a JSON summary on standard output, at the end, example: --json',
  )
  .addHelpText(
    'after',
    `
The objects are below e2e/<name of the execution>/. The test deletes them at its end, with their outputs and results.
Locally the bucket is a temporary folder, unless --bucket-dir names one. For the processors checksum and gzip the test compares the content of outputs. For
other processors it verifies that each output exists, from the right version of its input and by the right processor.

--aws-checks prints the expected and the actual result of each check. If a check fails, the others still run. At the end, nothing runs and
nothing is stored. In the local cloud, the result marks the checks that only AWS can answer, and does not count them as passed.

Exit codes: 0 passed, 1 something differs or the run failed, 2 wrong usage or something is missing.

Examples:
  npm run e2e
  npm run e2e -- 5 --objects 500 --target aws
  npm run e2e -- --aws-checks --target aws`,
  );

addBucketFolderOption(command, 'local only, ', 'a temporary folder');
addProcessorOptions(command);

runCommand(command, async () => {
  const [workers] = command.processedArgs as [number];
  const options = command.opts<Options>();
  const { awsChecks, only, json } = options;
  const orphan = !awsChecks && (only ? '--only' : json && '--json');
  if (orphan) throw new UsageError(`${orphan} is about the checks: give --aws-checks, too.`);
  return runOnTarget(
    (progress) =>
      openTarget(
        options,
        options.bucketDir ? ['--bucket-dir'] : [],
        () => openLocal(options, progress),
        progress,
      ),
    (target, progress, signal) =>
      awsChecks
        ? runChecks(
            target,
            only ? CHECKS.filter(({ name }) => only.includes(name)) : CHECKS,
            { json },
            progress,
            signal,
          )
        : test(target, workers, options, progress, signal),
  );
});

/** The local cloud on the bucket's folder; without one on a temporary folder, which stays with `--keep`. */
async function openLocal({ keep, bucketDir }: Options, progress: Progress): Promise<Target> {
  const bucketFolders = bucketDir?.others;
  if (bucketDir?.own !== undefined)
    return openLocalTarget({ bucketFolder: bucketDir.own, bucketFolders }, progress);
  const bucketFolder = await mkdtemp(join(tmpdir(), 'batch-processor-e2e-'));
  const remove = async () => {
    if (!keep) await rm(bucketFolder, { recursive: true, force: true });
  };
  try {
    const local = await openLocalTarget({ bucketFolder, bucketFolders }, progress);
    return { ...local, close: () => local.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function test(
  target: Target,
  workers: number,
  options: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { batch } = target;
  const { objects: count, keep } = options;
  const { bucketName, outputBucketName, resultsPrefix } = batch.deployment;
  const name = newName('e2e');
  const prefix = `e2e/${name}/`;
  const input = { worker_count: workers, prefix, ...processorInput(batch, options) };
  const outputPrefix = batch.outputPrefix(input);
  try {
    progress.step(`Making ${count} objects below ${batch.locate(prefix)}`);
    const objects = await uploadObjects(batch.clients.s3, bucketName, prefix, count);
    await batch.check(input);
    signal.throwIfAborted();
    const execution = await start(target, name, input, progress);
    const followed = await followToEnd(target, { execution, workers }, progress, signal);
    const summary = await summarize(target, execution, followed);
    progress.step('Verifying every output');
    const { differences, processors, contentCompared } = await verifyOutputs(batch, input, objects);
    differences.push(...(await verifyResults(execution, objects)));
    if (summary.status !== 'SUCCEEDED') {
      differences.unshift(`The execution ended ${summary.status}: ${summary.error}: ${summary.cause}`);
    }
    progress.end();
    printSummary(target, summary);
    if (!contentCompared) {
      const written = processors.join(', ');
      progress.note(
        `This test does not know the content that ${written} writes. It verified only that each output exists, and is from the right version of its input.`,
      );
    }
    return report(differences, count);
  } finally {
    if (!keep) {
      progress.step('Deleting the objects, outputs and results');
      const { s3 } = batch.clients;
      for (const made of [prefix, `${resultsPrefix}${name}/`]) await deleteBelow(s3, bucketName, made);
      await deleteBelow(batch.s3Of(outputBucketName), outputBucketName, `${outputPrefix}${prefix}`);
    }
  }
}

function report(differences: string[], count: number): number {
  if (differences.length === 0) {
    process.stdout.write(`Passed: ${count} objects, each with its output and once in the results.\n`);
    return EXIT.done;
  }
  process.stdout.write(`Failed: ${differences.length} differences.\n`);
  for (const difference of differences.slice(0, DIFFERENCES_SHOWN)) process.stdout.write(`  ${difference}\n`);
  const more = differences.length - DIFFERENCES_SHOWN;
  if (more > 0) process.stdout.write(`  … and ${more} more\n`);
  return EXIT.failed;
}
