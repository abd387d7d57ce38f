import './cli/quiet';
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { executionReference } from './cli/parsers';
import type { Progress } from './cli/progress';
import { UsageError } from './cli/usage-error';
import { reportDocument } from './report/document';
import { endedRun } from './report/run-view';
import { runOnBucketTarget } from './target/run-on-target';
import type { Target } from './target/target';
import { addBucketTargetOptions, type BucketTargetOptions } from './target/target-options';

interface Options extends BucketTargetOptions {
  output?: string;
}

const command = new Command('report.ts')
  .usage('<execution> [options]')
  .description(
    'Writes a report of an execution that has ended: one HTML file, from the results in the bucket.',
  )
  .argument('<execution>', "the execution's name or ARN, example: nightly-7", executionReference);
addBucketTargetOptions(command)
  .option('--output <file>', 'the file to write (default: <execution>.html), example: --output report.html')
  .addHelpText(
    'after',
    `
The file loads nothing from elsewhere: open it in a browser, mail it, keep it.

Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  npm run report -- nightly-7
  npm run report -- run-20261123T141713-015c0d --target aws --output report.html`,
  );

runCommand(command, async () => {
  const [execution] = command.processedArgs as [string];
  const options = command.opts<Options>();
  return runOnBucketTarget(options, (target, progress) => report(target, execution, options, progress));
});

async function report(
  target: Target,
  nameOrArn: string,
  { output }: Options,
  progress: Progress,
): Promise<number> {
  const execution = target.batch.execution(nameOrArn);
  progress.step('Reading the results');
  const document = reportDocument(await endedRun(target, execution));
  const file = output ?? `${execution.name}.html`;
  await writeFile(file, document).catch((error: NodeJS.ErrnoException) => {
    const isNoPlace = ['ENOENT', 'EISDIR', 'ENOTDIR'].includes(error.code ?? '');
    throw isNoPlace
      ? new UsageError(`${file} cannot be written: give --output a file in a folder that exists.`)
      : error;
  });
  progress.note(`Wrote ${file}: open it in a browser.`);
  return EXIT.done;
}
