import './cli/quiet';
import { Command } from 'commander';
import { runCommand } from './cli/command';
import { executionReference } from './cli/parsers';
import type { Progress } from './cli/progress';
import { addOutputOptions, type OutputOptions } from './run/output-options';
import { watchToEnd } from './run/watch-to-end';
import { runOnBucketTarget } from './target/run-on-target';
import type { Target } from './target/target';
import { addBucketTargetOptions, type BucketTargetOptions } from './target/target-options';

const command = new Command('watch.ts')
  .usage('<execution> [options]')
  .description('Follows an execution that was started earlier to its end, and tells how it ended.')
  .argument('<execution>', "the execution's name or ARN, example: nightly-7", executionReference);
addOutputOptions(addBucketTargetOptions(command)).addHelpText(
  'after',
  `
Ctrl-C ends this command, and the run continues. The command waits while AWS throttles it or the network is down.

Exit codes: 0 done, 1 the run failed or Ctrl-C, 2 wrong usage, 3 done, but objects failed within the tolerance, 4 the run continues, but
the command can no longer follow it.

Examples:
  npx ts-node scripts/watch.ts run-20261123T141713-015c0d
  npx ts-node scripts/watch.ts nightly-7 --target aws --json`,
);

runCommand(command, async () => {
  const [execution] = command.processedArgs as [string];
  const options = command.opts<BucketTargetOptions & OutputOptions>();
  return runOnBucketTarget(options, (target, progress, signal) =>
    watch(target, execution, options, progress, signal),
  );
});

async function watch(
  target: Target,
  nameOrArn: string,
  options: BucketTargetOptions & OutputOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const execution = target.batch.execution(nameOrArn);
  const { input } = await execution.describe();
  const run = { execution, workers: input.worker_count, logs: options.logs, isLeft: true };
  return watchToEnd(target, run, options, progress, signal);
}
