import { type BigIntStats, promises } from 'node:fs';

/** Directories with fewer entries are read again for each page. */
const WORTH_KEEPING = 1000;
/** Entries kept in all, beyond those of the directory read last. */
const KEPT_ENTRIES = 2_000_000;
/** Time stamps of directories tick slowly: until one is this old, a second change might not show in it. */
const SETTLED_MS = 1000;
/** Nothing is kept for longer than this after the last page. */
const IDLE_MS = 30_000;

interface Kept {
  state: string;
  names: string[];
}

/**
 * The sorted names of a directory's files and (with `/` after them) directories, as bytes, one character each.
 * Those of a large directory are kept as long as it does not change, so that each page of a listing does not read and
 * sort it again. Anything that is neither file nor directory is left out.
 */
export class DirectoryNames {
  readonly #kept = new Map<string, Kept>();
  #idle: NodeJS.Timeout | undefined;

  async read(path: string): Promise<string[]> {
    const before = await promises.stat(path, { bigint: true }).catch(() => undefined);
    if (!before) return [];
    const state = stateOf(before);
    const kept = this.#kept.get(path);
    if (kept?.state === state) return this.#keep(path, kept);
    this.#kept.delete(path);
    const settled = Date.now() - Number(before.mtimeMs) > SETTLED_MS;
    const names = await readNames(path);
    return settled && names.length >= WORTH_KEEPING ? this.#keep(path, { state, names }) : names;
  }

  #keep(path: string, kept: Kept): string[] {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#kept.clear(), IDLE_MS).unref();
    this.#kept.delete(path);
    let entries = kept.names.length;
    for (const each of this.#kept.values()) entries += each.names.length;
    for (const [oldest, each] of this.#kept) {
      if (entries <= KEPT_ENTRIES) break;
      this.#kept.delete(oldest);
      entries -= each.names.length;
    }
    this.#kept.set(path, kept);
    return kept.names;
  }
}

const stateOf = ({ ino, mtimeNs, ctimeNs }: BigIntStats) => `${ino}-${mtimeNs}-${ctimeNs}`;

async function readNames(path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await promises.opendir(path, { encoding: 'latin1', bufferSize: 1024 })) {
      if (entry.isFile()) names.push(entry.name);
      else if (entry.isDirectory()) names.push(`${entry.name}/`);
    }
  } catch (error) {
    // Removed while it was read: what was in it is gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return names.sort();
}
