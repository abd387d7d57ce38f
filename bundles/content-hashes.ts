/**
 * Hashes of what files hold. dist/ keeps them with what the file system says of each file, as Git's index does: if that is the
 * same, the file is not read again. https://git-scm.com/docs/racy-git
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { DIST } from './dist';
import { hashFile, replaceFile } from './files';

const PATH = join(DIST, 'hashes.json');
/**
 * How far the time stamp of a change may lie behind the clock, in milliseconds: a file may change twice within that. Some file systems
 * count whole seconds, FAT every other one; the others stamp with the kernel's clock, which ticks a hundred times a second or more often.
 */
export function resolutionOf(milliseconds: number): number {
  return milliseconds % 1000 === 0 ? 2_000 : 50;
}

/** What the file system says of a file: its size, when its content and its entry changed, and its inode; then the hash, base64. */
type Known = [size: number, modified: number, changed: number, inode: number, hash: string];

let known: Record<string, Known> | undefined;
let hasNew = false;

/** `path`: absolute. */
export function contentHash(path: string, { size, mtimeMs, ctimeMs, ino }: Stats): string {
  known ??= read();
  const found = Object.hasOwn(known, path) ? known[path] : undefined;
  if (found?.[0] === size && found[1] === mtimeMs && found[2] === ctimeMs && found[3] === ino)
    return found[4];
  const hash = createHash('sha256');
  hashFile(hash, path);
  const content = hash.digest('base64');
  const latest = Math.max(mtimeMs, ctimeMs);
  if (latest < Date.now() - resolutionOf(latest)) {
    known[path] = [size, mtimeMs, ctimeMs, ino, content];
    hasNew = true;
  }
  return content;
}

/** For the next process. */
export function keepHashes(): void {
  if (!hasNew) return;
  hasNew = false;
  const there = Object.entries(known ?? {}).filter(([path]) => existsSync(path));
  try {
    replaceFile(PATH, JSON.stringify(Object.fromEntries(there)));
  } catch {
    // dist/ cannot be written.
  }
}

function read(): Record<string, Known> {
  try {
    return JSON.parse(readFileSync(PATH, 'utf8'));
  } catch {
    return {};
  }
}
