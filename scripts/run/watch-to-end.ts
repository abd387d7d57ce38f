/** Follows a run to its end and prints how it ended, for `execute` and `watch`. */
import { BatchProcessorError } from '../../client';
import { quote } from '../../runtime/shell-word';
import { EXIT } from '../cli/command';
import { credentialProblem } from '../cli/credential-problem';
import type { Progress } from '../cli/progress';
import { printJson, tell } from '../cli/terminal';
import type { Target } from '../target/target';
import type { RunTargetOptions } from '../target/target-options';
import { type FollowedRun, followToEnd } from './follow';
import { InterruptedRun } from './interruption';
import { tellNextStep } from './next-step';
import { printSummary } from './print-summary';
import { summarize } from './summary';

export interface WatchOptions extends RunTargetOptions {
  json?: boolean;
}

/**
 * Returns the exit code. If the command can no longer follow a run on AWS (expired credentials, a network that stays down), the run
 * continues. The command says so and prints the command that resumes.
 */
export async function watchToEnd(
  target: Target,
  run: FollowedRun,
  { json, ...options }: WatchOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { execution } = run;
  let status = 'RUNNING';
  try {
    const followed = await followToEnd(target, run, progress, signal);
    const { ended } = followed;
    status = ended.status;
    const summary = await summarize(target, execution, followed);
    if (json) printJson(summary);
    else printSummary(target, summary);
    return tellNextStep(summary, execution.name, ended.input, options);
  } catch (error) {
    if (error instanceof InterruptedRun && json) printJson({ ...error.summary, execution: execution.arn });
    const isMeant = error instanceof InterruptedRun || error instanceof BatchProcessorError;
    if (target.kind === 'local' || isMeant || signal.aborted) throw error;
    progress.end();
    tell([
      credentialProblem(error) ??
        (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
      status === 'RUNNING'
        ? 'The run goes on, and this command cannot follow it any more.'
        : `The run has ended ${status}, and this command cannot read its results.`,
      `Continue with: npx ts-node scripts/watch.ts ${quote(execution.name)} --target aws`,
      ...(status === 'RUNNING'
        ? [
            `Stop it with: aws stepfunctions stop-execution --region ${target.batch.deployment.region} --execution-arn ${quote(execution.arn)}`,
          ]
        : []),
    ]);
    if (json) printJson({ status, execution: execution.arn });
    return EXIT.lostSight;
  }
}
