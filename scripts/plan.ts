import './cli/quiet';
import { Command } from 'commander';
import { newName } from '../client/execution-name';
import { EXIT, runCommand } from './cli/command';
import { executionName, executionReference } from './cli/parsers';
import { print, printJson } from './cli/terminal';
import { UsageError } from './cli/usage-error';
import { addInputOptions, executionInput, type InputOptions } from './input/input-options';
import { addProcessorOptions, type ProcessorOptions } from './input/processor-options';
import { addSelectionOptions } from './input/selection-options';
import { addGoalOptions, type GoalOptions, goalOf } from './plan/goal-options';
import { makePlan } from './plan/make-plan';
import { type Sample, sampleOption } from './plan/sample-option';
import { tellPlan } from './plan/tell-plan';
import { openTarget } from './target/open-target';
import { runOnTarget } from './target/run-on-target';
import { addLocalOptions, type RunTargetOptions, targetOption } from './target/target-options';

interface Options extends RunTargetOptions, GoalOptions, Omit<InputOptions, 'sample'>, ProcessorOptions {
  sample?: Sample;
  from?: string;
  name?: string;
  json?: boolean;
}

const command = new Command('plan.ts')
  .usage('[prefix] [options]')
  .description(
    'Predicts a run before it starts: its objects, and the time and the cost on AWS for each number of workers.',
  )
  .argument('[prefix]', 'plan for every object whose key starts with this (default: input/), example: data/')
  .addOption(targetOption());
addGoalOptions(command).option(
  '--from <execution>',
  'the run (name or ARN) whose results show how long an object takes (default: the newest one with the same processor), example: nightly-7',
  executionReference,
);
addInputOptions(command);
addSelectionOptions(command, sampleOption);
addProcessorOptions(command);
addLocalOptions(command)
  .option(
    '--name <name>',
    'name of the planned execution; its summary compares it with the plan (default: made from the time), example: nightly-7',
    executionName,
  )
  .option('--json', 'print only a JSON summary on standard output (default: tables), example: --json')
  .addHelpText(
    'after',
    `
Without --workers, --deadline or --budget the plan recommends the fastest run that costs at most a quarter more than the cheapest one.
Times and costs are those of AWS, also of a plan in the local cloud. Only the objects of --sample are processed.

Exit codes: 0 done, 1 no number of workers meets the deadline or the budget, 2 wrong usage.

Examples:
  npm run plan -- data/ --sample 20
  npm run plan -- data/ --deadline 30m --processor thumbnail
  npm run plan -- "" --match '**/*.jpg' --budget 5USD --from nightly-7`,
  );

runCommand(command, async () => {
  const [prefix] = command.processedArgs as [string | undefined];
  const { sample, from, json, name = newName('plan'), ...rest } = command.opts<Options>();
  const goal = goalOf(rest);
  if (sample?.count !== undefined && from !== undefined)
    throw new UsageError('Give only one of --sample and --from: each says how long an object takes.');
  const options = { ...rest, sample: sample?.share };
  const given = executionInput(goal.workers ?? 1, prefix, options);
  return runOnTarget(
    (progress) => openTarget(rest, progress),
    async (target, progress, signal) => {
      const measured = { count: sample?.count, from };
      const plan = await makePlan(target, { name, given, options, goal }, measured, progress, signal);
      progress.end();
      if (typeof plan !== 'string')
        return tellPlan(target, plan, { name, goal, words: process.argv.slice(2), json });
      if (json) printJson({ objects: 0 });
      else print([plan, 'There is nothing to plan.']);
      return EXIT.done;
    },
  );
});
