/** Files of bundles: written in one step, zipped to the same bytes every time. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

/** Paths of the files in a folder and in those below it, relative to it, sorted. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/**
 * Leaves an equal file alone and replaces another in one step: several syntheses may run in one checkout. `temporary` is a
 * folder beside those that are copied as they are.
 */
export function replaceFile(path: string, contents: Uint8Array | string, temporary = dirname(path)): void {
  const bytes = Buffer.from(contents);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  const file = join(temporary, `${basename(path)}.${process.pid}.tmp`);
  writeFileSync(file, bytes);
  renameSync(file, path);
}

/** Makes a folder hold these files, by their paths relative to it, and no others. */
export function replaceFolder(
  folder: string,
  files: Map<string, Uint8Array | string>,
  temporary: string,
): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, contents] of files) replaceFile(join(folder, path), contents, temporary);
  for (const path of filesOf(folder)) if (!files.has(path)) rmSync(join(folder, path), { force: true });
}

/** A zip file of a folder's files, as Lambda takes it. */
export function zipFolder(folder: string): Uint8Array {
  const files: Zippable = {};
  for (const file of filesOf(folder)) {
    // Readable for the user that Lambda runs as; a fixed date (the earliest that zip knows) for the same bytes.
    files[file] = [
      readFileSync(join(folder, file)),
      { os: 3, attrs: 0o100644 << 16, mtime: '1980-01-01T00:00:00' },
    ];
  }
  return zipSync(files, { level: 9 });
}
