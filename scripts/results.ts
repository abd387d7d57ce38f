import './cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { executionReference } from './cli/parsers';
import type { Progress } from './cli/progress';
import { describeOutcome } from './results/describe-outcome';
import { mergeOutputs } from './results/merge';
import { runOnBucketTarget } from './target/run-on-target';
import type { Target } from './target/target';
import { addBucketTargetOptions, type BucketTargetOptions } from './target/target-options';

interface Options extends BucketTargetOptions {
  merge?: string;
  failed?: boolean;
  json?: boolean;
}

const command = new Command('results.ts')
  .usage('<execution> [options]')
  .description('Lists the outcome of each object of an execution that has ended.')
  .argument('<execution>', "the execution's name or ARN, example: nightly-7", executionReference);
addBucketTargetOptions(command)
  .option('--failed', 'only the objects that failed, example: --failed')
  .option(
    '--merge <file>',
    'writes the outputs of all objects into this file, one after the other, those of skipped objects included, example: --merge all.jsonl',
  )
  .option('--json', 'one JSON object a line, example: --json')
  .addHelpText(
    'after',
    `
The outcomes of an object: success, skipped (its outputs were up to date), failed, pending (not begun, or cut off, when the run ended), and
done (the object was processed or skipped, but another object of its task failed).

Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  npx ts-node scripts/results.ts nightly-7 --failed
  npx ts-node scripts/results.ts nightly-7 --json | jq -r .processed_key
  npx ts-node scripts/results.ts nightly-7 --merge records.jsonl`,
  );

runCommand(command, async () => {
  const [execution] = command.processedArgs as [string];
  const options = command.opts<Options>();
  return runOnBucketTarget(options, (target, progress, signal) =>
    showResults(target, execution, options, progress, signal),
  );
});

async function showResults(
  { batch }: Target,
  nameOrArn: string,
  { failed, merge, json }: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const execution = batch.execution(nameOrArn);
  if (merge !== undefined) {
    const merged = await mergeOutputs(batch, execution, merge, progress, signal);
    progress.note(`Wrote ${merged.outputs} outputs of ${merged.objects} objects to ${merge}.`);
    return EXIT.done;
  }
  const outcomes = failed ? execution.failures() : execution.outcomes();
  for await (const outcome of outcomes) {
    signal.throwIfAborted();
    if (!process.stdout.writable) break;
    progress.end();
    process.stdout.write(`${json ? JSON.stringify(outcome) : describeOutcome(outcome)}\n`);
  }
  return EXIT.done;
}
