/** Prints a plan and the command that starts its run, and saves the plan for the summary of that run. */
import type { Goal } from '../../client/plan/choose';
import { savePlan } from '../../client/plan/saved-plan';
import { EXIT } from '../cli/command';
import { print, printJson, tell } from '../cli/terminal';
import type { Target } from '../target/target';
import { executeCommand } from './command-words';
import { describeGoal } from './goal-options';
import { type Plan, printPlan, shortfall } from './print-plan';

/** `words`: of this command, as the user typed them. Returns the exit code. */
export async function tellPlan(
  target: Target,
  plan: Plan,
  { name, goal, words, json }: { name: string; goal: Goal; words: string[]; json?: boolean },
): Promise<number> {
  const { recommended, basis, prices } = plan;
  const next = recommended && {
    workers: recommended.workers,
    batchSize: recommended.batchSize,
    name,
    isWatched: target.kind === 'aws',
  };
  const start = next && executeCommand(words, next);
  const saved = { basis: { ...basis, batchSize: next?.batchSize }, prices };
  const isSaved = next === undefined || (await savePlan(target.batch, name, saved));
  if (json) printJson({ name, ...plan, start });
  else printPlan(plan);
  const problem = shortfall(plan, describeGoal(goal));
  if (problem !== undefined) tell([problem]);
  if (!isSaved)
    tell([
      'You may not write into the bucket (s3:PutObject): the summary of the run will not compare it with this plan.',
    ]);
  if (start === undefined) return EXIT.failed;
  if (!json) print(['', `Start it: ${start}`]);
  return EXIT.done;
}
