import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import type { DirectoryNames } from './directory-names';
import { ENCODED, fromBytes, HEX, HIDDEN, MAX_KEY_BYTES, PLAIN, type Tree } from './keys';

/** The position of a walk over keys, as bytes. The caller may raise `from` on the way to skip all keys before it. */
export interface Cursor {
  prefix: string;
  /** First key that is wanted; not before the prefix. */
  from: string;
}

export interface Found {
  /** The key, as bytes. */
  bytes: string;
  path: string;
}

/** First key after all that start with this prefix. No byte of a key is 0xff, so the last one can be raised. */
export const after = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

/** Whether every key that starts with these bytes is before the cursor. */
const isBefore = (bytes: string, { from }: Cursor) => bytes < from && !from.startsWith(bytes);

/** Index of the first of the sorted names that is not before `from`. */
function indexFrom(names: string[], from: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] as string) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The files below a folder whose keys start with `base`, in the order of their keys. */
async function* walk(
  names: DirectoryNames,
  tree: Tree,
  cursor: Cursor,
  base: string,
  path: string,
): AsyncGenerator<Found> {
  for (let next: string | undefined = ''; next !== undefined; ) {
    const wanted = cursor.from.startsWith(base) ? tree.nameFrom(cursor.from.slice(base.length)) : '';
    const start = wanted > next ? wanted : next;
    const window = await names.read(path, start);
    for (let index = indexFrom(window.names, start); index < window.names.length; index++) {
      const name = window.names[index] as string;
      const bytes = base + tree.part(name);
      if (bytes > cursor.prefix && !bytes.startsWith(cursor.prefix)) return;
      if (isBefore(bytes, cursor) || !tree.has(name, base === '') || bytes.length > MAX_KEY_BYTES) continue;
      const isFolder = name.endsWith('/');
      const found = { bytes, path: join(path, fromBytes(isFolder ? name.slice(0, -1) : name)) };
      if (isFolder) yield* walk(names, tree, cursor, bytes, found.path);
      else yield found;
      if (isBefore(base, cursor)) return;
    }
    next = window.hasMore ? `${window.names.at(-1)}\0` : undefined;
  }
}

/**
 * The keys of a bucket in S3's order, read from its folders as far as they are asked for.
 * @param root the bucket's folder
 */
export async function* walkKeys(root: string, names: DirectoryNames, cursor: Cursor): AsyncGenerator<Found> {
  const plain = walk(names, PLAIN, cursor, '', root);
  const encoded = walk(names, HEX, cursor, '', join(root, HIDDEN, ENCODED));
  let [one, other] = await Promise.all([plain.next(), encoded.next()]);
  while (!one.done || !other.done) {
    const isPlain = other.done || (!one.done && one.value.bytes <= other.value.bytes);
    const { bytes, path } = (isPlain ? one : other).value as Found;
    // The cursor may have been raised past what was found already; and a file that somebody put into the folder may
    // have a name that is not UTF-8.
    if (bytes >= cursor.from && isUtf8(Buffer.from(bytes, 'latin1'))) {
      yield { bytes, path };
      if (cursor.from <= bytes) cursor.from = `${bytes}\0`;
    }
    if (isPlain) one = await plain.next();
    else other = await encoded.next();
  }
}
