import './cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { assignment } from './cli/parsers';
import { addProcessorsFolderOption, type ProcessorsFolderOption } from './cli/processors-folder-option';
import { Progress } from './cli/progress';
import { stopSignal } from './cli/stop-signal';
import { addParameterOption, type ProcessorOptions } from './input/processor-options';
import { localSecrets } from './local/secrets';
import { localConfig } from './local/synthesize';
import { filesToTry } from './try/files';
import { Trial } from './try/trial';

interface Options extends ProcessorsFolderOption, Pick<ProcessorOptions, 'param'> {
  env?: Record<string, string>;
  key?: string;
  contentType?: string;
  out?: string;
  inspect?: boolean;
}

const command = new Command('try.ts')
  .usage('<processor> <file...> [options]')
  .description('Runs a processor on files, in a slot as a worker has it, without a cloud.')
  .argument('<processor>', 'a folder of processors/, example: checksum')
  .argument('<file...>', 'each file is one object; a folder means the files in it, example: photo.jpg');
addParameterOption(command)
  .option(
    '--env <NAME=VALUE>',
    'repeatable: an environment variable for the processor, example: --env MODEL=small',
    assignment,
  )
  .option('--key <key>', "the object's key (default: the file's path, or its name), example: photos/a.jpg")
  .option(
    '--content-type <type>',
    "the object's content type (default: that of the file's extension), example: text/csv",
  )
  .option('--out <folder>', 'where outputs go (default: a new temporary folder), example: --out /tmp/out')
  .option(
    '--inspect',
    'wait for a debugger, such as chrome://inspect; nothing times out, example: --inspect',
  );
addProcessorsFolderOption(command).addHelpText(
  'after',
  `
Each object gets one attempt, under the limits of a worker: objectTimeoutSeconds, slotMemoryMiB.

Exit codes: 0 all are done, 1 one failed, 2 wrong usage, or a processor that does not load.

Examples:
  npx ts-node scripts/try.ts checksum local/bucket/data/README.txt
  npx ts-node scripts/try.ts thumbnail photo.jpg --param quality=90 --out /tmp/thumbnails`,
);

runCommand(command, async () => {
  const [name, paths] = command.processedArgs as [string, string[]];
  const { param = {}, env, inspect = false, processorsFolder, ...options } = command.opts<Options>();
  const config = localConfig({ processorsFolder, environment: env });
  const secrets = localSecrets(config);
  const files = await filesToTry(paths, options);
  const progress = new Progress();
  const signal = stopSignal();
  progress.step('Building the processor');
  const trial = await Trial.prepare(name, { typed: param, inspect, config, secrets, out: options.out });
  try {
    progress.end();
    let failed = 0;
    for (const file of files) failed += (await trial.run(file, signal)) ? 0 : 1;
    progress.note(`Outputs are in ${trial.outputs}.`);
    return failed > 0 ? EXIT.failed : EXIT.done;
  } finally {
    await trial.close();
  }
});
