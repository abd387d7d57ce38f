import './cli/quiet';
import { Command, Option } from 'commander';
import { runCommand } from './cli/command';
import { integer } from './cli/parsers';
import { UsageError } from './cli/usage-error';
import { CHECKS } from './e2e/aws-checks/checks';
import { runChecks } from './e2e/aws-checks/run-checks';
import { openTestTarget } from './e2e/open-target';
import { runTest, type TestOptions } from './e2e/run-test';
import { addProcessorOptions } from './input/processor-options';
import { runOnTarget } from './target/run-on-target';
import { addLocalBucketOption, type BucketTargetOptions, targetOption } from './target/target-options';

interface Options extends BucketTargetOptions, TestOptions {
  awsChecks?: boolean;
  only?: string[];
  json?: boolean;
}

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
Locally the bucket is a temporary folder, unless --bucket-dir names one. For the processors checksum and gzip the test compares the
content of outputs. For other processors it verifies that each output exists, from the right version of its input and by the right
processor.

--aws-checks prints the expected and the actual result of each check. If a check fails, the others still run. At the end, nothing runs and
nothing is stored. In the local cloud, the result marks the checks that only AWS can answer, and does not count them as passed.

Exit codes: 0 passed, 1 something differs or the run failed, 2 wrong usage or something is missing.

Examples:
  npm run e2e
  npm run e2e -- 5 --objects 500 --target aws
  npm run e2e -- --aws-checks --target aws`,
  );

addLocalBucketOption(command, 'a temporary folder');
addProcessorOptions(command);

runCommand(command, async () => {
  const [workers] = command.processedArgs as [number];
  const options = command.opts<Options>();
  const { awsChecks, only, json } = options;
  const orphan = !awsChecks && (only ? '--only' : json && '--json');
  if (orphan) throw new UsageError(`${orphan} is about the checks: give --aws-checks, too.`);
  const checks = only ? CHECKS.filter(({ name }) => only.includes(name)) : CHECKS;
  return runOnTarget(
    (progress) => openTestTarget(options, progress),
    (target, progress, signal) =>
      awsChecks
        ? runChecks(target, checks, { json }, progress, signal)
        : runTest(target, workers, options, progress, signal),
  );
});
