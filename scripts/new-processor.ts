import { Command, Option } from 'commander';
import { quote } from '../runtime/shell-word';
import { findProcessorsFolder } from '../stacks/settings/config';
import { EXIT, runCommand } from './cli/command';
import { addProcessorsFolderOption, type ProcessorsFolderOption } from './cli/processors-folder-option';
import { Progress } from './cli/progress';
import { print } from './cli/terminal';
import { checkName, createProcessor } from './new-processor/create';
import { fromExample } from './new-processor/from-example';
import { createProject } from './new-processor/project';

const SAMPLES = 'data/text/';

const command = new Command('new-processor.ts')
  .usage('<name> [options]')
  .description(
    'Makes a processor: a folder in processors/ that runs as it is, for you to change. Makes the folder of processors, too, if there is none.',
  )
  .argument('<name>', 'up to 40 lower-case letters, digits and hyphens, a letter first, example: resize')
  .option('--python', 'a Python program, instead of TypeScript')
  .addOption(
    new Option(
      '--from <example>',
      'a copy of an example, with all that it needs; examples/README.md lists them, example: --from pdf-text',
    ).conflicts('python'),
  );
addProcessorsFolderOption(command).addHelpText(
  'after',
  `
Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  npx ts-node scripts/new-processor.ts resize
  npx ts-node scripts/new-processor.ts classify --python
  npx ts-node scripts/new-processor.ts letters --from pdf-text
  npx ts-node scripts/new-processor.ts resize --processors-folder ../our-processors`,
);

runCommand(command, async () => {
  const [name] = command.processedArgs as [string];
  const { python, from, processorsFolder } = command.opts<
    { python?: boolean; from?: string } & ProcessorsFolderOption
  >();
  checkName(name);
  let made: string[] = [];
  const folder = findProcessorsFolder({ options: { processorsFolder } }, (path) => {
    if (from === undefined) made = createProject(path);
  });
  if (from !== undefined) {
    print(await fromExample(name, from, folder, new Progress()));
    return EXIT.done;
  }
  const where = processorsFolder === undefined ? '' : ` --processors-folder ${quote(processorsFolder)}`;
  print([
    ...made.map((file) => `${folder.name}/${file}`),
    ...createProcessor(name, python ? 'python' : 'typescript', folder),
    '',
    `Try it on a file: npx ts-node scripts/try.ts ${name} local/bucket/${SAMPLES}note-01.txt${where}`,
    `Run it:           npx ts-node scripts/execute.ts 2 ${SAMPLES} --processor ${name}${where}`,
  ]);
  return EXIT.done;
});
