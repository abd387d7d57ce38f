import './lib/quiet';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { ExecutionInput } from '../runtime/contract';
import { chooseAwsTarget } from './lib/aws-target';
import { checkInput } from './lib/check-input';
import { EXIT, integer, runCommand } from './lib/command';
import { deleteBelow, uploadObjects } from './lib/e2e-objects';
import { follow } from './lib/follow';
import { checkImage } from './lib/image';
import { openLocalTarget } from './lib/local-target';
import { describeSnapshot, type Progress } from './lib/progress';
import { runOnTarget } from './lib/run-on-target';
import { executionConsoleUrl, newName, startExecution, stopExecution } from './lib/start-execution';
import { printSummary, summarize } from './lib/summary';
import type { Target } from './lib/target';
import { verifyOutputs, verifyResults } from './lib/verify';

interface Options {
  target?: 'aws' | 'local';
  objects: number;
  keep?: boolean;
}

const DIFFERENCES_SHOWN = 20;

const command = new Command('e2e.ts')
  .usage('[workers] [options]')
  .description(
    'Tests a deployment from end to end: makes objects, processes them, verifies every output and the results.',
  )
  .argument('[workers]', 'workers to provision, example: 5', integer(1), 3)
  .addOption(
    new Option(
      '--target <where>',
      'aws or local (default: the deployment if there is one, else local)',
    ).choices(['aws', 'local']),
  )
  .option('--objects <number>', 'objects to make, 0 to 6 MiB each, example: 100', integer(1, 10_000), 24)
  .option('--keep', 'leave the objects, outputs and results in the bucket to look at')
  .addHelpText(
    'after',
    `
The objects are made below e2e/<name of the execution>/ and deleted afterwards, with their outputs and results. Locally the
bucket is a temporary folder. The content of outputs is compared for the processors checksum and gzip; of others, that each
output is there, and which version of its input and which processor made it.

Exit codes: 0 passed, 1 something differs or the run failed, 2 wrong usage or something is missing.

Examples:
  npm run e2e
  npm run e2e -- 5 --objects 500 --target aws`,
  );

runCommand(command, async () => {
  const [workers] = command.processedArgs as [number];
  const options = command.opts<Options>();
  return runOnTarget(
    (progress) => openTarget(options, progress),
    (target, progress, signal) => test(target, workers, options, progress, signal),
  );
});

async function openTarget({ target, keep }: Options, progress: Progress): Promise<Target> {
  const aws = await chooseAwsTarget(target);
  if (aws) {
    progress.note(`Testing the deployment on AWS (${aws.deployment.region}).`);
    await checkImage(aws);
    return aws;
  }
  progress.note(
    `Testing in the local cloud${target ? '' : ': there is no deployment in the Terraform state'}.`,
  );
  const bucketFolder = await mkdtemp(join(tmpdir(), 'batch-processor-e2e-'));
  const remove = async () => {
    if (!keep) await rm(bucketFolder, { recursive: true, force: true });
  };
  try {
    const local = await openLocalTarget({ bucketFolder }, progress);
    return { ...local, close: () => local.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function test(
  target: Target,
  workers: number,
  { objects: count, keep }: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { s3 } = target.clients;
  const { bucketName, outputPrefix, resultsPrefix } = target.deployment;
  const name = newName('e2e');
  const prefix = `e2e/${name}/`;
  const input: ExecutionInput = { worker_count: workers, prefix };
  try {
    progress.step(`Making ${count} objects below ${target.locate(prefix)}`);
    const objects = await uploadObjects(s3, bucketName, prefix, count);
    await checkInput(target, input);
    signal.throwIfAborted();
    const ended = await run(target, name, input, progress, signal);
    const { summary, results } = await summarize(target, ended, input);
    progress.step('Verifying every output');
    const { differences, processors, contentCompared } = await verifyOutputs(target, objects);
    differences.push(...(await verifyResults(target, results, objects)));
    if (summary.status !== 'SUCCEEDED') {
      differences.unshift(`The execution ended ${summary.status}: ${summary.error}: ${summary.cause}`);
    }
    progress.end();
    printSummary(summary, results);
    if (!contentCompared) {
      const written = processors.join(', ');
      progress.note(
        `The outputs are of ${written}, whose content this test does not know: it verified that they are there, and what they were made from.`,
      );
    }
    return report(differences, count);
  } finally {
    if (!keep) {
      progress.step('Deleting what the test made');
      for (const made of [prefix, `${outputPrefix}${prefix}`, `${resultsPrefix}${name}/`]) {
        await deleteBelow(s3, bucketName, made);
      }
    }
  }
}

async function run(
  target: Target,
  name: string,
  input: ExecutionInput,
  progress: Progress,
  signal: AbortSignal,
): ReturnType<typeof follow> {
  const executionArn = await startExecution(target, name, input);
  progress.note(`Execution ${executionArn}`);
  if (target.kind === 'aws') progress.note(executionConsoleUrl(target.deployment.region, executionArn));
  const show = (snapshot: Parameters<typeof describeSnapshot>[0]) =>
    progress.update(describeSnapshot(snapshot, input.worker_count));
  try {
    return await follow(target, executionArn, show, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    await stopExecution(target, executionArn, 'Stopped by the person who ran the test');
    throw signal.reason;
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
