import './cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { confirm } from './cli/confirm';
import type { Progress } from './cli/progress';
import { DEFAULT_BUCKET_FOLDER } from './local/boot';
import { deleteObjects, findOrphans } from './prune/orphans';
import { runOnTarget } from './run/run-on-target';
import { openLocalTarget, openTarget, type Target, type TargetOptions, targetOption } from './run/target';

interface Options extends TargetOptions {
  bucketDir?: string;
  yes?: boolean;
}

const command = new Command('prune.ts')
  .usage('[options]')
  .description('Lists the outputs whose source is gone, and deletes them when you say so.')
  .addOption(targetOption())
  .option(
    '--bucket-dir <folder>',
    'local only, the folder that is the bucket (default: local/bucket), example: /data',
  )
  .option('--yes', 'delete them without asking')
  .addHelpText(
    'after',
    `
It looks at every output in the bucket (one HEAD each). It never touches what this system did not write.

Exit codes: 0 done, 1 it failed or you answered no, 2 wrong usage.

Example:
  npx ts-node scripts/prune.ts`,
  );

runCommand(command, async () => {
  const options = command.opts<Options>();
  return runOnTarget(
    (progress) => open(options, progress),
    (target, progress, signal) => prune(target, options, progress, signal),
  );
});

function open(options: Options, progress: Progress): Promise<Target> {
  const { bucketDir } = options;
  const openLocal = () => openLocalTarget({ bucketFolder: bucketDir ?? DEFAULT_BUCKET_FOLDER }, progress);
  return openTarget(options, bucketDir === undefined ? [] : ['--bucket-dir'], openLocal, progress);
}

async function prune(
  { batch }: Target,
  { yes }: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { orphans, outputs } = await findOrphans(batch, progress, signal);
  progress.end();
  for (const key of orphans) process.stdout.write(`${batch.locate(key)}\n`);
  if (orphans.length === 0) {
    progress.note(`Every one of ${outputs} outputs has its source.`);
    return EXIT.done;
  }
  const question = `The sources of these ${orphans.length} of ${outputs} outputs are gone. Delete them?`;
  if (!(await confirm(question, yes))) return EXIT.failed;
  await deleteObjects(batch, orphans);
  progress.note(`Deleted ${orphans.length} outputs.`);
  return EXIT.done;
}
