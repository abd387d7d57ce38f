/** Files of bundles: hashed, written in one step, and removed when nobody uses them. */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A path stands for the content of that file, which may be large: a model, say. */
export type Contents = Uint8Array | string | { copyOf: string };

/** Shared by all reads, which are synchronous. */
const chunk = Buffer.allocUnsafe(2 ** 20);

/** Paths of the files in a folder and in those below it, relative to it, sorted. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Adds a file's content to a hash, piece by piece. */
export function hashFile(hash: Hash, path: string): void {
  const file = openSync(path, 'r');
  try {
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk))
      hash.update(chunk.subarray(0, bytes));
  } finally {
    closeSync(file);
  }
}

/** Adds contents to a hash, after their size. */
export function hashContents(hash: Hash, contents: Contents): void {
  if (isCopy(contents)) {
    hash.update(`${statSync(contents.copyOf).size}\0`);
    hashFile(hash, contents.copyOf);
  } else {
    const bytes = Buffer.from(contents);
    hash.update(`${bytes.length}\0`).update(bytes);
  }
}

/** Whether it is a program. */
export function isExecutable(contents: Contents): boolean {
  return isCopy(contents) && (statSync(contents.copyOf).mode & constants.S_IXUSR) !== 0;
}

/**
 * Leaves an equal file alone and replaces another in one step: several syntheses may run in one checkout. `temporary` is a
 * folder beside those that are copied as they are.
 */
export function replaceFile(path: string, contents: Contents, temporary = dirname(path)): void {
  if (existsSync(path) && isEqual(path, contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const file = join(temporary, `${basename(path)}.${process.pid}.tmp`);
  if (isCopy(contents)) copyFileSync(contents.copyOf, file, constants.COPYFILE_FICLONE);
  else writeFileSync(file, contents);
  renameSync(file, path);
}

/** Makes a folder hold these files, by their paths relative to it, and no others. */
export function replaceFolder(folder: string, files: Map<string, Contents>, temporary: string): void {
  mkdirSync(folder, { recursive: true });
  for (const path of filesOf(folder)) if (!files.has(path)) rmSync(join(folder, path), { force: true });
  for (const [path, contents] of files) {
    const file = join(folder, path);
    // What was a folder may be a file now.
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) rmSync(file, { recursive: true });
    replaceFile(file, contents, temporary);
  }
}

const KEPT_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Takes these files and folders for just used, and removes those beside them that nobody has used for a day. */
export function removeOld(...used: [string, ...string[]]): void {
  const now = Date.now();
  try {
    for (const path of used) utimesSync(path, now / 1000, now / 1000);
  } catch {
    // A read-only checkout, or another user's.
    return;
  }
  const folder = dirname(used[0]);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const { mtimeMs = now } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (now - mtimeMs > KEPT_MILLISECONDS) removeInOneStep(path);
  }
}

/** No one finds half of a folder. */
function removeInOneStep(path: string): void {
  const doomed = `${path}.${process.pid}.tmp`;
  try {
    renameSync(path, doomed);
  } catch {
    // Another process removes it.
    return;
  }
  rmSync(doomed, { recursive: true, force: true });
}

function isCopy(contents: Contents): contents is { copyOf: string } {
  return typeof contents === 'object' && 'copyOf' in contents;
}

function isEqual(path: string, contents: Contents): boolean {
  if (!isCopy(contents)) return readFileSync(path).equals(Buffer.from(contents));
  const [there, wanted] = [statSync(path), statSync(contents.copyOf)];
  if (there.size !== wanted.size || there.mode !== wanted.mode) return false;
  return digest(path) === digest(contents.copyOf);
}

function digest(path: string): string {
  const hash = createHash('sha256');
  hashFile(hash, path);
  return hash.digest('hex');
}
