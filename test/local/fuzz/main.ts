import '../../../scripts/cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from '../../../scripts/cli/command';
import { integer } from '../../../scripts/cli/parsers';
import { fuzz } from './run';

const command = new Command('fuzz')
  .usage('[options]')
  .description('Sends odd requests, expressions and files to a local cloud, and checks that none does harm.')
  .option('--inputs <number>', 'how many', integer(1), 2_000)
  .option('--from <seed>', 'the seed of the first one; --inputs 1 --from 17 repeats one', integer(0), 1)
  .addHelpText('after', '\nExit codes: 0 all is well, 1 some did harm, 2 wrong usage.');

runCommand(command, async () => {
  const { inputs, from } = command.opts<{ inputs: number; from: number }>();
  let shown = 0;
  const report = await fuzz(from, inputs, ({ inputs: done, problems }) => {
    for (const problem of problems.slice(shown)) process.stdout.write(`${problem}\n`);
    shown = problems.length;
    if (done % 1_000 === 0)
      process.stderr.write(`${done} of ${inputs} inputs, ${problems.length} did harm\n`);
  });
  process.stdout.write(`${report.inputs - report.problems.length} of ${report.inputs} inputs well\n`);
  process.stdout.write(`Answers by status: ${JSON.stringify(report.statuses)}\n`);
  return report.problems.length === 0 ? EXIT.done : EXIT.failed;
});
