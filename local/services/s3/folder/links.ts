/** Looks for symbolic links below a bucket's folder: the files behind one would silently be missing. */
import { type Dir, opendirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { LocalCloudError } from '../../../core/errors';
import { HIDDEN } from './keys';
import { ABSENT, codeOf } from './own-files';

/** Entries that are read at once. */
const BUFFER = 1024;

/**
 * Throws a LocalCloudError that names the first link. Links in the local cloud's own folder are another matter (`findObstacle`). A folder
 * that may not be read is an error when it is listed. `written`: prefixes below which nobody but the stack writes, and more with every
 * run: these are not looked through.
 */
export function assertWithoutLinks(root: string, written: string[] = []): void {
  const passed = new Set(written.map((prefix) => join(root, prefix).replace(/\/$/, '')));
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const opened = openFolder(folder);
    try {
      for (let entry = opened?.readSync(); entry; entry = opened?.readSync()) {
        const path = join(folder, entry.name);
        if (path === join(root, HIDDEN)) continue;
        if (entry.isSymbolicLink()) throw linkError(root, path);
        if (entry.isDirectory() && !passed.has(path)) folders.push(path);
      }
    } finally {
      opened?.closeSync();
    }
  }
}

function openFolder(folder: string): Dir | undefined {
  try {
    return opendirSync(folder, { bufferSize: BUFFER });
  } catch (error) {
    if ([...ABSENT, 'EACCES'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

const linkError = (root: string, path: string) =>
  new LocalCloudError(
    `${path} in the bucket's folder ${root} is a symbolic link to ${readlinkSync(path)}, and the local cloud follows none: put the files there, mount their folder there, or remove the link.`,
  );
