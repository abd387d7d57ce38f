import './cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { confirm } from './cli/confirm';
import type { Progress } from './cli/progress';
import { deleteObjects, findOrphans } from './prune/orphans';
import { runOnTarget } from './run/run-on-target';
import {
  addBucketTargetOptions,
  type BucketTargetOptions,
  openBucketTarget,
  type Target,
} from './run/target';

interface Options extends BucketTargetOptions {
  yes?: boolean;
}

const command = new Command('prune.ts')
  .usage('[options]')
  .description('Lists the outputs whose source is gone, and deletes them when you say so.');
addBucketTargetOptions(command)
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
    (progress) => openBucketTarget(options, progress),
    (target, progress, signal) => prune(target, options, progress, signal),
  );
});

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
