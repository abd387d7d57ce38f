import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { print } from './cli/terminal';
import { createProcessor } from './new-processor/create';

const SAMPLES = 'data/text/';

const command = new Command('new-processor.ts')
  .usage('<name> [options]')
  .description('Makes a processor: a folder in processors/ that runs as it is, for you to change.')
  .argument('<name>', 'up to 40 lower-case letters, digits and hyphens, a letter first, example: resize')
  .option('--python', 'a Python program, instead of TypeScript')
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 it failed, 2 wrong usage.

Examples:
  npx ts-node scripts/new-processor.ts resize
  npx ts-node scripts/new-processor.ts classify --python`,
  );

runCommand(command, async () => {
  const [name] = command.processedArgs as [string];
  const { python } = command.opts<{ python?: boolean }>();
  print([
    ...createProcessor(name, python ? 'python' : 'typescript'),
    '',
    `Try it on a file: npx ts-node scripts/try.ts ${name} local/bucket/${SAMPLES}note-01.txt`,
    `Run it:           npx ts-node scripts/execute.ts 2 ${SAMPLES} --processor ${name}`,
  ]);
  return EXIT.done;
});
