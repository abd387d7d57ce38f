/** One test from end to end: makes objects, processes them, and verifies every output and the results. */
import { newName } from '../../client/execution-name';
import { EXIT } from '../cli/command';
import type { Progress } from '../cli/progress';
import { print } from '../cli/terminal';
import { type ProcessorOptions, processorInput } from '../input/processor-options';
import { followToEnd, start } from '../run/follow';
import { printSummary } from '../run/print-summary';
import { summarize } from '../run/summary';
import type { Target } from '../target/target';
import { deleteBelow, uploadObjects } from './objects';
import { verifyOutputs, verifyResults } from './verify';

export interface TestOptions extends ProcessorOptions {
  /** How many. */
  objects: number;
  /** Whether the objects, outputs and results stay in the bucket. */
  keep?: boolean;
}

const DIFFERENCES_SHOWN = 20;

/** Returns the exit code. */
export async function runTest(
  target: Target,
  workers: number,
  options: TestOptions,
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
    print(describeDifferences(differences, count));
    return differences.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    if (!keep) {
      progress.step('Deleting the objects, outputs and results');
      const { s3 } = batch.clients;
      for (const made of [prefix, `${resultsPrefix}${name}/`]) await deleteBelow(s3, bucketName, made);
      await deleteBelow(batch.s3Of(outputBucketName), outputBucketName, `${outputPrefix}${prefix}`);
    }
  }
}

function describeDifferences(differences: string[], count: number): string[] {
  if (differences.length === 0)
    return [`Passed: ${count} objects, each with its output and once in the results.`];
  const more = differences.length - DIFFERENCES_SHOWN;
  return [
    `Failed: ${differences.length} differences.`,
    ...differences.slice(0, DIFFERENCES_SHOWN).map((difference) => `  ${difference}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}
