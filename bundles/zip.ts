/** Zip files for Lambda: the same bytes of the same files, every time. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { replaceFile } from './files';

/**
 * Not compressed, because a user who edits a processor would wait for that. A megabyte more is sent for each function that a deployment
 * updates.
 */
const LEVEL = 0;
/** Changes whenever the same files may make another zip file. */
const ZIP = `fflate ${require('fflate/package.json').version}, level ${LEVEL}`;

/**
 * Writes these files, by path, as a zip file that Lambda takes, and returns its path. The name ends with a hash of the contents: a
 * file of that name is this one.
 */
export function writeZip(folder: string, name: string, contents: Map<string, Uint8Array | string>): string {
  const sorted = [...contents].sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(ZIP);
  for (const [path, content] of sorted) hash.update(`\0${path}\0${content.length}\0`).update(content);
  const archive = join(folder, `${name}-${hash.digest('hex').slice(0, 16)}.zip`);
  if (existsSync(archive)) return archive;
  const files: Zippable = {};
  for (const [path, content] of sorted) {
    // Readable for the user that Lambda runs as; a fixed date (the earliest that zip knows) for the same bytes.
    files[path] = [Buffer.from(content), { os: 3, attrs: 0o100644 << 16, mtime: '1980-01-01T00:00:00' }];
  }
  replaceFile(archive, zipSync(files, { level: LEVEL }));
  return archive;
}
