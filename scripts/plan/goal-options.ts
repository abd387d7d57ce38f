/** The options that say what the user wants of a run: a number of workers, a deadline or a budget. */
import type { Command } from 'commander';
import type { Goal } from '../../client/plan/choose';
import { formatSeconds } from '../cli/amounts';
import { dollars, duration, integer } from '../cli/parsers';
import { UsageError } from '../cli/usage-error';

export interface GoalOptions {
  workers?: number;
  /** Seconds. */
  deadline?: number;
  /** USD. */
  budget?: number;
}

export function addGoalOptions(command: Command): Command {
  return command
    .option('--workers <number>', 'plan for this number of workers, example: 10', integer(1))
    .option(
      '--deadline <time>',
      'the fewest workers that are done in this time, example: 30m or 1h30m',
      duration,
    )
    .option('--budget <USD>', 'the fastest run that costs no more, example: 5USD', dollars);
}

/** Throws a UsageError if more than one is given. */
export function goalOf({ workers, deadline, budget }: GoalOptions): Goal {
  const given = [
    workers !== undefined && '--workers',
    deadline !== undefined && '--deadline',
    budget !== undefined && '--budget',
  ].filter((flag) => flag !== false);
  if (given.length > 1)
    throw new UsageError(`Give only one of ${given.join(' and ')}: each decides on the workers.`);
  return { workers, deadlineSeconds: deadline, budgetDollars: budget };
}

/** Describes a deadline or a budget. */
export function describeGoal({ deadlineSeconds, budgetDollars }: Goal): string {
  return deadlineSeconds === undefined
    ? `a budget of ${budgetDollars} USD`
    : `a deadline of ${formatSeconds(deadlineSeconds)}`;
}
