import './cli/quiet';
import { Command } from 'commander';
import { EXIT, runCommand } from './cli/command';
import { confirm } from './cli/confirm';
import type { Progress } from './cli/progress';
import { UsageError } from './cli/usage-error';
import { deleteObjects } from './deployment/bucket';
import { findOrphans } from './prune/orphans';
import { runOnBucketTarget } from './target/run-on-target';
import type { Target } from './target/target';
import { addBucketTargetOptions, type BucketTargetOptions } from './target/target-options';

interface Options extends BucketTargetOptions {
  bucket?: string;
  yes?: boolean;
}

const command = new Command('prune.ts')
  .usage('[options]')
  .description('Lists the outputs whose source is gone, asks, and deletes them.');
addBucketTargetOptions(command)
  .option(
    '--bucket <name>',
    'only outputs of objects of this bucket (default: of all buckets that the deployment reads), example: archive',
  )
  .option('--yes', 'delete them without asking')
  .addHelpText(
    'after',
    `
It lists the buckets of the sources, and reads the metadata of every output (one HEAD each). It never touches objects that this system did
not write, nor outputs of objects in buckets that it did not list.

Exit codes: 0 done, 1 failed or you answered no, 2 wrong usage.

Example:
  npx ts-node scripts/prune.ts`,
  );

runCommand(command, async () => {
  const options = command.opts<Options>();
  return runOnBucketTarget(options, (target, progress, signal) => prune(target, options, progress, signal));
});

async function prune(
  target: Target,
  { bucket, yes }: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const { batch } = target;
  const buckets = bucketsToList(target, bucket);
  const { orphans, outputs, elsewhere } = await findOrphans(batch, buckets, progress, signal);
  progress.end();
  const { outputBucketName } = batch.deployment;
  for (const key of orphans) process.stdout.write(`${batch.locate(key, outputBucketName)}\n`);
  if (elsewhere > 0) progress.note(`${elsewhere} outputs are of objects in other buckets: they stay.`);
  if (orphans.length === 0) {
    progress.note(`All ${outputs} outputs have their source.`);
    return EXIT.done;
  }
  const question = `The sources of these ${orphans.length} of ${outputs} outputs are gone. Delete them?`;
  if (!(await confirm(question, yes))) return EXIT.failed;
  const objects = orphans.map((Key) => ({ Key }));
  await deleteObjects(batch.s3Of(outputBucketName), outputBucketName, objects);
  progress.note(`Deleted ${orphans.length} outputs.`);
  return EXIT.done;
}

/** Throws a UsageError for a bucket that the deployment does not read. */
function bucketsToList({ batch, bucketFolders }: Target, bucket: string | undefined): string[] {
  const { bucketName, sourceBuckets } = batch.deployment;
  const known = bucketFolders
    ? sourceBuckets.filter((name) => name === bucketName || bucketFolders[name] !== undefined)
    : sourceBuckets;
  if (bucket === undefined) return known;
  if (known.includes(bucket)) return [bucket];
  throw new UsageError(`--bucket is ${bucket}: this deployment reads ${known.join(', ')}.`);
}
