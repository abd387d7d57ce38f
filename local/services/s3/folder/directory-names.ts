import { type BigIntStats, promises } from 'node:fs';
import { ABSENT, codeOf, isRealFolder, statOf } from './own-files';

/** Default number of names that are held of a directory at once, up to twice as many: a larger one is read in several goes. */
const WINDOW = 100_000;
/** Windows that are kept, for listings that go on at the same time. */
const KEPT = 3;
/** Directories with fewer entries are read again for each page. */
const WORTH_KEEPING = 1000;
/** Time stamps of directories tick slowly: until one is this old, a second change might not show in it. */
const SETTLED_MS = 1000;
/** Nothing is kept for longer than this after the last page. */
const IDLE_MS = 30_000;

/** Sorted names of a directory's files and (with `/` after them) directories, as bytes, one character each. */
export interface Names {
  /** All from `from` on; up to the last of them only, if there are more. */
  names: string[];
  from: string;
  hasMore: boolean;
}

interface Window extends Names {
  path: string;
  state: string;
}

/**
 * Reads directories for pages of listings: in order, whatever their size, and without reading a large one again for each
 * page as long as it does not change. Anything that is neither file nor directory is left out, and nothing is read behind a
 * symbolic link.
 */
export class DirectoryNames {
  #kept: Window[] = [];
  #idle: NodeJS.Timeout | undefined;

  constructor(private readonly size = WINDOW) {}

  async read(path: string, from: string): Promise<Names> {
    const before = isRealFolder(path) ? statOf(path) : undefined;
    if (!before) return { names: [], from, hasMore: false };
    const state = stateOf(before);
    const covers = (each: Window) =>
      each.from <= from && (!each.hasMore || from <= (each.names.at(-1) ?? ''));
    const kept = this.#kept.find((each) => each.path === path && each.state === state && covers(each));
    if (kept) return this.#keep(kept);
    const settled = Date.now() - Number(before.mtimeMs) > SETTLED_MS;
    const window = { path, state, ...(await readNames(path, from, this.size)) };
    return settled && window.names.length >= WORTH_KEEPING ? this.#keep(window) : window;
  }

  #keep(window: Window): Names {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#kept = [];
    }, IDLE_MS).unref();
    this.#kept = [window, ...this.#kept.filter((each) => each !== window)].slice(0, KEPT);
    return window;
  }
}

const stateOf = ({ ino, mtimeNs, ctimeNs }: BigIntStats) => `${ino}-${mtimeNs}-${ctimeNs}`;

async function readNames(path: string, from: string, size: number): Promise<Names> {
  const names: string[] = [];
  let last: string | undefined;
  try {
    for await (const entry of await promises.opendir(path, { encoding: 'latin1', bufferSize: 1024 })) {
      const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
      if (!(entry.isFile() || entry.isDirectory()) || name < from || (last && name > last)) continue;
      if (names.push(name) < 2 * size) continue;
      names.sort().length = size;
      last = names.at(-1);
    }
  } catch (error) {
    // Removed or replaced while it was read: what was in it is gone.
    if (!ABSENT.includes(codeOf(error))) throw error;
  }
  return { names: names.sort(), from, hasMore: last !== undefined };
}
