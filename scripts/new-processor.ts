import { Command, Option } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { Progress } from './cli/progress';
import { print } from './cli/terminal';
import { copyExample, samplesFolder, samplesPrefix } from './new-processor/copy-example';
import { checkPlace, createProcessor } from './new-processor/create';
import { readExample } from './new-processor/example';
import { addPackages } from './new-processor/npm-packages';

const SAMPLES = 'data/text/';

const command = new Command('new-processor.ts')
  .usage('<name> [options]')
  .description('Makes a processor: a folder in processors/ that runs as it is, for you to change.')
  .argument('<name>', 'up to 40 lower-case letters, digits and hyphens, a letter first, example: resize')
  .option('--python', 'a Python program, instead of TypeScript')
  .addOption(
    new Option(
      '--from <example>',
      'a copy of an example, with all that it needs; examples/README.md lists them, example: --from pdf-text',
    ).conflicts('python'),
  )
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 it failed, 2 wrong usage.

Examples:
  npx ts-node scripts/new-processor.ts resize
  npx ts-node scripts/new-processor.ts classify --python
  npx ts-node scripts/new-processor.ts letters --from pdf-text`,
  );

runCommand(command, async () => {
  const [name] = command.processedArgs as [string];
  const { python, from } = command.opts<{ python?: boolean; from?: string }>();
  print(
    from === undefined
      ? fromTemplate(name, python ? 'python' : 'typescript')
      : await fromExample(name, from, new Progress()),
  );
  return EXIT.done;
});

function fromTemplate(name: string, language: 'python' | 'typescript'): string[] {
  return [
    ...createProcessor(name, language),
    '',
    `Try it on a file: npx ts-node scripts/try.ts ${name} local/bucket/${SAMPLES}note-01.txt`,
    `Run it:           npx ts-node scripts/execute.ts 2 ${SAMPLES} --processor ${name}`,
  ];
}

/** Nothing is there before npm has done its part, which may fail. */
async function fromExample(name: string, from: string, progress: Progress): Promise<string[]> {
  checkPlace(name);
  const example = readExample(from);
  const changed = await addPackages(example, progress);
  progress.end();
  const samples = samplesPrefix(example);
  const { apt, requirements } = example;
  return [
    ...copyExample(name, example),
    ...changed,
    '',
    ...(apt.length > 0 ? [`Install programs: apt-get install --no-install-recommends ${apt.join(' ')}`] : []),
    ...(requirements.length > 0 ? ['Install packages: npm run processors:install'] : []),
    `Try it on files:  npx ts-node scripts/try.ts ${name} ${samplesFolder(example)}`,
    `Run it:           npx ts-node scripts/execute.ts 2 ${samples} --processor ${name} --target local`,
  ];
}
