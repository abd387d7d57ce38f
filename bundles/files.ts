/** Files of bundles: written in one step, zipped to the same bytes every time. */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

/** Names of the files in a folder, sorted. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder).sort();
}

/**
 * Leaves an equal file alone and replaces another in one step: several syntheses may run in one checkout. `temporary` is a
 * folder beside those that are copied as they are.
 */
export function replaceFile(path: string, contents: Uint8Array, temporary = dirname(path)): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  const file = join(temporary, `${basename(path)}.${process.pid}.tmp`);
  writeFileSync(file, contents);
  renameSync(file, path);
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
