/** Tells the user the next step for objects that failed or are not done. */
import type { ExecutionInput } from '../../client';
import { retryCommand } from '../../runtime/retry-command';
import { quote } from '../../runtime/shell-word';
import { EXIT } from '../cli/command';
import { tell } from '../cli/terminal';
import { bucketFolderWords } from '../local/bucket-folders';
import type { RunTargetOptions } from '../target/target-options';
import { describeContinuation } from './continuation';
import type { Summary } from './summary';

/** Returns the exit code. */
export function tellNextStep(
  summary: Summary,
  name: string,
  input: ExecutionInput,
  options: RunTargetOptions,
): number {
  if (summary.failed > 0) {
    const command = [retryCommand(name, input), ...targetWords(options)].join(' ');
    process.stderr.write(`Retry the failed objects: ${command}\n`);
  }
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

/** Where the same code finds the same bucket. */
function targetWords({ target, bucketDir, processorsFolder, env }: RunTargetOptions): string[] {
  return [
    ...(target === undefined ? [] : [`--target ${target}`]),
    ...bucketFolderWords(bucketDir),
    ...(processorsFolder === undefined ? [] : [`--processors-folder ${quote(processorsFolder)}`]),
    ...Object.entries(env ?? {}).map(([variable, value]) => `--env ${quote(`${variable}=${value}`)}`),
  ];
}
