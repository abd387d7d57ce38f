import { isUtf8 } from 'node:buffer';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { ENCODED, fromBytes, HIDDEN, LAST, LONGEST_KEY } from './keys';
import type { DirectoryNames } from './names';

/** Which keys to walk over, as bytes. Whoever walks may raise `from` on the way: what lies before it is skipped unread. */
export interface Range {
  prefix: string;
  /** First key that is wanted. */
  from: string;
  /** Folders that end with it need not be walked through: their prefix alone is enough. */
  delimiter: string;
}

export interface Found {
  /** Key, or a prefix of keys that ends with the delimiter. */
  bytes: string;
  path: string;
}

/** How names in a tree of folders are parts of keys. */
interface Tree {
  /** Part of the key, as bytes; ends with `/` where the name is a folder's and its keys do. */
  part(name: string): string;
  /** A name at the root that is not of this tree. */
  isForeign(name: string): boolean;
  /** Whether all keys below a folder start with its path and `/`. */
  readable: boolean;
}

const plainTree: Tree = {
  part: (name) => name,
  isForeign: (name) => name.toLowerCase() === `${HIDDEN}/`,
  readable: true,
};

const encodedTree: Tree = {
  part: (name) => Buffer.from(name.replace(/\/$|\.o$/, ''), 'hex').toString('latin1'),
  isForeign: (name) => !name.endsWith('/') && !name.endsWith(LAST),
  readable: false,
};

/** Whether every key that starts with these bytes lies before the range. */
const isBefore = (bytes: string, from: string) => bytes < from && !from.startsWith(bytes);

/** First key after all that start with this prefix. No byte of a key is 0xff, so the last one can be raised. */
export const after = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

/** Whether any file lies in a folder, found without reading more of it than needed. */
async function holdsObject(path: string): Promise<boolean> {
  const folders: string[] = [];
  const directory = await opendir(path).catch(() => []);
  for await (const entry of directory) {
    if (entry.isFile()) return true;
    if (entry.isDirectory()) folders.push(join(path, entry.name));
  }
  for (const folder of folders) if (await holdsObject(folder)) return true;
  return false;
}

async function* walk(
  tree: Tree,
  names: DirectoryNames,
  range: Range,
  base: string,
  path: string,
): AsyncGenerator<Found> {
  const entries = await names.read(path);
  for (let index = 0; index < entries.length; index++) {
    if (base && isBefore(base, range.from)) return;
    index = firstNotBefore(entries, index, (name) => {
      const bytes = base + tree.part(name);
      return name.endsWith('/') ? isBefore(bytes, range.from) : bytes < range.from;
    });
    const name = entries[index];
    if (name === undefined) return;
    const bytes = base + tree.part(name);
    const isFolder = name.endsWith('/');
    const matches = bytes.startsWith(range.prefix);
    if (!matches && !(isFolder && range.prefix.startsWith(bytes))) {
      if (bytes > range.prefix) return;
      continue;
    }
    if (!base && tree.isForeign(name)) continue;
    const next = join(path, fromBytes(name));
    if (!isFolder) {
      yield { bytes, path: next };
    } else if (
      tree.readable &&
      range.delimiter === '/' &&
      matches &&
      bytes !== range.prefix &&
      range.from <= bytes
    ) {
      if (await holdsObject(next)) yield { bytes, path: next };
    } else {
      yield* walk(tree, names, range, bytes, next);
    }
  }
}

/** Index, from `start` on, of the first of the sorted entries that the test does not hold for. */
function firstNotBefore(entries: string[], start: number, test: (name: string) => boolean): number {
  let [low, high] = [start, entries.length];
  // Mostly it is the very next.
  if (low < high && !test(entries[low] as string)) return low;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(entries[middle] as string)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The keys of a bucket in S3's order, read from its folders as far as they are asked for.
 * @param root the bucket's folder
 */
export async function* walkKeys(root: string, names: DirectoryNames, range: Range): AsyncGenerator<Found> {
  const trees = [
    walk(plainTree, names, range, '', root),
    walk(encodedTree, names, range, '', join(root, HIDDEN, ENCODED)),
  ];
  const heads = await Promise.all(trees.map((tree) => tree.next()));
  for (;;) {
    let least = -1;
    let bytes = '';
    for (const [index, head] of heads.entries()) {
      if (head.done || (least >= 0 && head.value.bytes >= bytes)) continue;
      least = index;
      bytes = head.value.bytes;
    }
    const head = heads[least];
    const tree = trees[least];
    if (!head || head.done || !tree) return;
    // The range may have been raised past what the other tree had found already; and a file that somebody put into
    // the folder may have a name that no key can be.
    if (bytes >= range.from && bytes.length <= LONGEST_KEY && isUtf8(Buffer.from(bytes, 'latin1'))) {
      yield head.value;
      if (range.from <= bytes) range.from = `${bytes}\0`;
    }
    heads[least] = await tree.next();
  }
}
