/**
 * Files in a folder that others can write to as well, such as `.s3/`. Anything may be there: a link that leads
 * elsewhere, a FIFO on which an open would wait, a folder where a file is expected, a file that somebody forged.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { LocalCloudError } from '../../../core/errors';

/** No file has that name, or the name is invalid. */
export const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO'];
/** Something else is at the path of the file or its folder. */
export const OCCUPIED = ['ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG', 'ELOOP'];

/** Opens a file for reading; fails on a symbolic link, and does not wait for the other end of a FIFO. */
export const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Makes a file that does not exist yet, for writing. */
export const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Rejects with the error of a call on an open file, whose message does not name the file by itself, with the file's path. */
export const namingFile =
  (path: string) =>
  (error: NodeJS.ErrnoException): never => {
    error.message += ` '${path}'`;
    throw error;
  };

/** Properties that change when a file is replaced or written to, but not when it is renamed. */
export function identityOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}`;
}

/** The entry at a path; undefined if there is none. */
export function statOf(path: string): BigIntStats | undefined {
  try {
    // An error costs much more than a look.
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (ABSENT.includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Identity of the file at a path; undefined if none is. */
export function fileAt(path: string): string | undefined {
  const stats = statOf(path);
  return stats?.isFile() ? identityOf(stats) : undefined;
}

/** Not the path itself if a part of it is a link or, on a file system that ignores case or normal form, spelled otherwise. */
export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (ABSENT.includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Whether a folder is there, and not behind a link. */
export function isRealFolder(path: string): boolean {
  return realPathOf(path) === path && statOf(path)?.isDirectory() === true;
}

/** Like `mkdir -p`, but makes nothing behind a symbolic link. @returns whether the folder is there, and is where it seems to be */
export function makeFolder(path: string): boolean {
  const real = realPathOf(path);
  if (real !== undefined) return real === path && statOf(path)?.isDirectory() === true;
  try {
    if (!makeFolder(dirname(path))) return false;
    mkdirSync(path);
    return true;
  } catch (error) {
    if (OCCUPIED.includes(codeOf(error))) return false;
    throw error;
  }
}

/** Makes a folder of the local cloud's own. Throws a LocalCloudError if a link or a file is in its place. */
export function makeOwnFolder(path: string): void {
  if (!makeFolder(path)) {
    throw new LocalCloudError(
      `${path} is not a folder, or a link leads there, where the local cloud keeps files of its own: move it away.`,
    );
  }
}

/**
 * The content of a regular file that is really at its path; undefined if there is none, or it cannot be read.
 * @param maximum bytes; a larger file is not read
 */
export function readOwnFile(path: string, maximum: number): { content: string; stats: Stats } | undefined {
  let file: number | undefined;
  try {
    // Most objects have no record.
    if (!lstatSync(path, { throwIfNoEntry: false })) return undefined;
    file = openSync(path, READ_FILE);
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > maximum || realPathOf(path) !== path) return undefined;
    // One byte more shows whether it has grown since.
    const buffer = Buffer.alloc(stats.size + 1);
    const length = readSync(file, buffer, 0, buffer.length, 0);
    return length > stats.size ? undefined : { content: buffer.toString('utf8', 0, length), stats };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Makes the path, in a folder of the local cloud's own, a file with this content: in one step, and whatever stood there. Throws a LocalCloudError if that is a
 * folder with something in it. @param temporary path of the file until it is whole
 */
export function writeOwnFile(path: string, content: string, temporary: string, mode = 0o666): void {
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode });
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() && !removeIfEmpty(path)) {
      throw new LocalCloudError(`${path} is a folder where a file is to be: move it away.`);
    }
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}

/** Makes a file with this content if none is. @returns false if something is at the path; then that stays */
export function writeNewFile(path: string, content: string): boolean {
  let file: number;
  try {
    file = openSync(path, NEW_FILE);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(file, content);
    return true;
  } catch (error) {
    discard(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Removes a file, or leaves it if that cannot be done. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone, or something that is not ours to remove.
  }
}

/** @returns whether it was an empty folder, and is removed */
export function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
