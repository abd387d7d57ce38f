import '../../../scripts/cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from '../../../scripts/cli/command';
import { integer } from '../../../scripts/cli/parsers';
import { print } from '../../../scripts/cli/terminal';
import { synthesizeForTest } from '../../support/cloud';
import { STACK } from './run';
import { runSeeds } from './seeds';

const command = new Command('chaos')
  .usage('[options]')
  .description('Runs batches under random faults in local clouds, and checks that nothing is lost.')
  .option('--seeds <number>', 'how many seeds to run', integer(1), 20)
  .option('--from <seed>', 'the first one; --seeds 1 --from 17 repeats one', integer(0), 1)
  .addHelpText('after', '\nExit codes: 0 all is well, 1 an invariant is broken, 2 wrong usage.');

runCommand(command, async () => {
  const { seeds, from } = command.opts<{ seeds: number; from: number }>();
  const stack = await synthesizeForTest(STACK);
  let broken = 0;
  try {
    const numbers = Array.from({ length: seeds }, (_, index) => from + index);
    await runSeeds(numbers, stack.stackFolder, (seed, outcome) => {
      if (outcome instanceof Error) {
        broken += 1;
        print(outcome.message.split('\n'));
        return;
      }
      const hits = Object.entries(outcome.hits).map(([fault, count]) => `${count} × ${fault}`);
      const { statuses, objects, seconds } = outcome;
      const line = `Seed ${seed} is well: runs over ${objects} objects ended ${statuses.join(' and ')}; ${seconds.toFixed(1)} s`;
      process.stdout.write(`${[line, ...hits].join('; ')}\n`);
    });
  } finally {
    await stack.remove();
  }
  process.stdout.write(`${seeds - broken} of ${seeds} seeds well\n`);
  return broken === 0 ? EXIT.done : EXIT.failed;
});
