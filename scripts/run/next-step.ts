/** Tells the user the next step for objects that failed or are not done. */
import type { ExecutionInput } from '../../client';
import { quote } from '../../runtime/shell-word';
import { EXIT } from '../cli/command';
import { tell } from '../cli/terminal';
import { bucketFolderWords } from '../local/bucket-folders';
import { describeContinuation } from './continuation';
import { type ProcessorOptions, processorWords } from './processor-options';
import type { Summary } from './summary';
import type { RunTargetOptions } from './target-options';

/** Options that a later command must repeat to run the same code on the same bucket. */
export type RepeatedOptions = RunTargetOptions & ProcessorOptions;

/** Returns the exit code. */
export function tellNextStep(
  summary: Summary,
  name: string,
  input: ExecutionInput,
  options: RepeatedOptions,
): number {
  if (summary.failed > 0)
    process.stderr.write(`Retry the failed objects: ${retryCommand(input, name, options)}\n`);
  if (summary.pending > 0)
    process.stderr.write(
      `Objects that are not done: ${summary.pending}. ${describeContinuation(name, input.force)}\n`,
    );
  if (summary.status === 'SUCCEEDED') return summary.failed > 0 ? EXIT.objectsFailed : EXIT.done;
  const { status, error = 'no error', cause = 'no cause' } = summary;
  tell(`The run ended ${status}: ${error}: ${cause}`.split('\n'));
  if (error === 'States.ExceedToleratedFailureThreshold') {
    if ((input.batch_size ?? 1) > 1)
      process.stderr.write('If one object of a task (--batch-size) fails, all of them count as failed.\n');
    process.stderr.write('With --tolerated-failure-percentage 100 no failed object ends the run.\n');
  }
  return EXIT.failed;
}

function retryCommand(
  { worker_count: workers, tolerated_failure_percentage: tolerated }: ExecutionInput,
  name: string,
  options: RepeatedOptions,
): string {
  const { target, bucketDir, processorsFolder, env } = options;
  const words = [
    `npx ts-node scripts/execute.ts ${workers} --retry-failed ${quote(name)}`,
    target && `--target ${target}`,
    ...bucketFolderWords(bucketDir),
    ...processorWords(options),
    processorsFolder && `--processors-folder ${quote(processorsFolder)}`,
    tolerated !== undefined && `--tolerated-failure-percentage ${tolerated}`,
    ...Object.entries(env ?? {}).map(([variable, value]) => `--env ${quote(`${variable}=${value}`)}`),
  ];
  return words.filter(Boolean).join(' ');
}
