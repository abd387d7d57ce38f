/** The folders that are the buckets of a local cloud, and the option that names them. */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { findObstacle } from '../../local/services/s3/folder/folder';
import { quote } from '../../runtime/shell-word';
import { BUCKET_NAME } from '../../stacks/settings/existing-bucket';
import { UsageError } from '../cli/usage-error';

/** As typed. */
export interface BucketFolders {
  /** Of the deployment's own bucket. Default: the command's. */
  own?: string;
  /** Of other buckets, by name. */
  others: Record<string, string>;
}

const NAMED = new RegExp(`^(${BUCKET_NAME})=(.+)$`, 's');

/** `where` begins the description: when the option applies. `standard`: the default folder, in words. */
export function addBucketFolderOption(command: Command, where: string, standard: string): Command {
  return command.option(
    '--bucket-dir <folder>',
    `${where}the folder that is the bucket (default: ${standard}), example: /data; repeatable as NAME=FOLDER for another bucket, example: archive=/data/archive`,
    bucketFolder,
  );
}

/** Parser of the option. A folder that looks like NAME=FOLDER can be written with `./` before it. */
export function bucketFolder(text: string, previous: BucketFolders = { others: {} }): BucketFolders {
  const { own, others } = previous;
  const [, name, folder] = NAMED.exec(text) ?? [];
  if (name === undefined || folder === undefined) {
    if (own === undefined) return { own: text, others };
    throw new InvalidArgumentError(
      `The deployment's bucket has the folder ${own} already: give another bucket's as NAME=FOLDER.`,
    );
  }
  if (others[name] === undefined) return { own, others: { ...others, [name]: folder } };
  throw new InvalidArgumentError(`The bucket ${name} has the folder ${others[name]} already: give one.`);
}

/** As words of a command that repeats them. */
export function bucketFolderWords({ own, others }: BucketFolders = { others: {} }): string[] {
  const named = Object.entries(others).map(([name, folder]) => `${name}=${folder}`);
  return [...(own === undefined ? [] : [own]), ...named].map((text) => `--bucket-dir ${quote(text)}`);
}

/**
 * Absolute path of a bucket's folder. Throws a UsageError if it does not exist, cannot be read or, unless `isReadOnly`, cannot be written.
 */
export async function existingFolder(folder: string, isReadOnly = false): Promise<string> {
  const stats = await stat(folder).catch(() => undefined);
  if (!stats)
    throw new UsageError(`The bucket's folder ${folder} does not exist: create it and put objects into it.`);
  if (!stats.isDirectory()) throw new UsageError(`The bucket's folder ${folder} is a file: give a folder.`);
  await access(folder, constants.R_OK | constants.X_OK).catch(() => {
    throw new UsageError(`The bucket's folder ${folder} is not readable: make it readable.`);
  });
  if (!isReadOnly) {
    await access(folder, constants.W_OK).catch(() => {
      throw new UsageError(
        `The bucket's folder ${folder} is not writable: make it writable, since outputs and results go there.`,
      );
    });
  }
  const obstacle = findObstacle(await realpath(folder));
  if (obstacle) {
    throw new UsageError(
      `${obstacle} is not a folder, but the local cloud keeps its own files there: move it away.`,
    );
  }
  return resolve(folder);
}

/**
 * Absolute paths of other buckets' folders, by name. `outputBucket`: the one that is written. Throws a UsageError as `existingFolder` does, and
 * if a folder lies in another bucket's.
 */
export async function existingFolders(
  own: string,
  others: Record<string, string>,
  outputBucket?: string,
): Promise<Record<string, string>> {
  const folders: Record<string, string> = {};
  for (const [name, folder] of Object.entries(others))
    folders[name] = await existingFolder(folder, name !== outputBucket);
  const all = [own, ...Object.values(folders)];
  const real = await Promise.all(all.map((folder) => realpath(folder)));
  for (const [index, path] of real.entries()) {
    const around = real.findIndex(
      (outer, other) => other !== index && (path === outer || path.startsWith(`${outer}${sep}`)),
    );
    if (around < 0) continue;
    throw new UsageError(
      `The bucket's folder ${all[index]} ${path === real[around] ? 'is' : 'lies in'} that of another bucket, ${all[around]}: give each bucket a folder of its own.`,
    );
  }
  return folders;
}
