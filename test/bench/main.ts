/** `npm run bench -- [SCENARIO…]`: figures with their aims, each with its baseline in the same run. docs/performance.md says how to read them. */
import '../support/environment';
import '../../scripts/cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from '../../scripts/cli/command';
import { integer } from '../../scripts/cli/parsers';
import { print, tell } from '../../scripts/cli/terminal';
import { UsageError } from '../../scripts/cli/usage-error';
import { type Figure, format, inOrder } from './figure';
import { FULL_SIZES, type Scenario, type Sizes, whatIsMissing } from './scenario';
import { SCENARIOS } from './scenarios';
import { runRounds } from './support/run-rounds';

const names = Object.entries(SCENARIOS).map(
  ([name, { rows, description }]) =>
    `  ${name.padEnd(16)}${rows.length > 0 ? `row ${rows.join(', ')}: ` : ''}${description}`,
);

interface Options {
  objects: number;
  keys: number;
  repeat: number;
  json?: boolean;
}

const command = new Command('bench')
  .description('measures this project beside what it replaces, on this machine')
  .argument('[scenario...]', 'those to measure (default: all)')
  .option(
    '--objects <number>',
    'objects of a run of small-objects, example: --objects 10000',
    integer(1),
    FULL_SIZES.smallObjects,
  )
  .option('--keys <number>', 'the most keys of many-keys, example: --keys 100000', integer(1_000), 1_000_000)
  .option(
    '--repeat <number>',
    'rounds to measure; prints median, least and most, example: --repeat 5',
    integer(1, 1_000),
    3,
  )
  .option('--json', 'print the figures as JSON')
  .addHelpText('after', `\nScenarios, and their rows in docs/performance.md:\n${names.join('\n')}`);

runCommand(command, async () => {
  const chosen = choose(command.args);
  const { objects, keys, repeat, json } = command.opts<Options>();
  const sizes: Sizes = {
    ...FULL_SIZES,
    smallObjects: objects,
    keys: [...new Set(FULL_SIZES.keys.map((count) => Math.min(count, keys)))],
  };
  const stop = new AbortController();
  let stoppedBy: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    stoppedBy = signal;
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const figures: Figure[] = [];
  for (const [name, scenario] of chosen) {
    const missing = whatIsMissing(scenario);
    if (missing) {
      tell([`${name}: left out, because it needs ${missing}.`]);
      continue;
    }
    const progress = (what: string) => tell([`${name}: ${what}`]);
    try {
      figures.push(...(await runRounds(scenario, { sizes, rounds: repeat, signal: stop.signal, progress })));
    } catch (error) {
      // Everything is closed and removed. The shell has to see which signal ended this process.
      if (stoppedBy) process.kill(process.pid, stoppedBy);
      throw error;
    }
  }
  print(json ? JSON.stringify(inOrder(figures), null, 2).split('\n') : inOrder(figures).flatMap(format));
  return EXIT.done;
});

/** Throws a UsageError for a name that no scenario has. */
function choose(given: string[]): [string, Scenario][] {
  const unknown = given.find((name) => !Object.hasOwn(SCENARIOS, name));
  if (unknown !== undefined)
    throw new UsageError(
      `There is no scenario ${unknown}: give some of ${Object.keys(SCENARIOS).join(', ')}.`,
    );
  return Object.entries(SCENARIOS).filter(([name]) => given.length === 0 || given.includes(name));
}
