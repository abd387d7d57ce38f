/** Files of bundles: written in one step, zipped to the same bytes every time. */
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
import { type Zippable, zipSync } from 'fflate';

/** A path stands for the content of that file, which may be large: a model, say. */
export type Contents = Uint8Array | string | { copyOf: string };

const CHUNK_BYTES = 2 ** 20;

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
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
      hash.update(chunk.subarray(0, bytes));
    }
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

/** Removes the files beside this one that nobody has written for a day, and takes this one for just written. */
export function removeOld(path: string): void {
  const now = Date.now();
  utimesSync(path, now / 1000, now / 1000);
  for (const name of readdirSync(dirname(path))) {
    const file = join(dirname(path), name);
    const { mtimeMs = now } = statSync(file, { throwIfNoEntry: false }) ?? {};
    if (now - mtimeMs > KEPT_MILLISECONDS) rmSync(file, { force: true });
  }
}

/** A zip file, as Lambda takes it. */
export function zipFiles(contents: Map<string, Uint8Array | string>): Uint8Array {
  const files: Zippable = {};
  for (const [path, content] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Readable for the user that Lambda runs as; a fixed date (the earliest that zip knows) for the same bytes.
    files[path] = [Buffer.from(content), { os: 3, attrs: 0o100644 << 16, mtime: '1980-01-01T00:00:00' }];
  }
  return zipSync(files, { level: 9 });
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
