/** One page of the objects of a bucket, in the order of S3. */
import type { StoredObject } from '../folder/folder';
import { fromBytes, toBytes } from '../folder/keys';
import { after, walkKeys } from '../folder/walk';
import type { Exchange } from '../request';

/** Most keys of a page. */
export const MAX_KEYS = 1000;

/** How a listing groups keys. */
interface Grouping {
  prefix: string;
  delimiter: string;
}

export interface Page {
  objects: StoredObject[];
  prefixes: string[];
  /** The last key or common prefix of this page, as bytes. */
  last?: string;
  /** First key of the next page, as bytes; none if this is the last one. */
  next?: string;
}

/** A key that has the delimiter after the prefix counts as the common prefix that ends there. */
export function commonPrefix(key: string, { prefix, delimiter }: Grouping): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** First key after a marker, as bytes. The common prefix that the marker is, or lies in, has been listed. */
export function firstAfter(marker: string, { prefix, delimiter }: Grouping): string {
  if (!marker) return '';
  const common = commonPrefix(marker, { prefix, delimiter });
  return common === undefined ? `${toBytes(marker)}\0` : after(toBytes(common));
}

/** @param selection as bytes. `from`: the first key that is wanted. A common prefix counts as a key does. */
export async function readPage(
  { folder }: Exchange,
  selection: Grouping & { from: string },
  limit: number,
): Promise<Page> {
  const { prefix, from } = selection;
  const cursor = { prefix, from: from > prefix ? from : prefix };
  const page: Page = { objects: [], prefixes: [] };
  if (limit === 0) return page;
  for await (const { bytes, path } of walkKeys(folder.root, folder.names, cursor)) {
    if (page.objects.length + page.prefixes.length === limit) return { ...page, next: bytes };
    const common = commonPrefix(bytes, selection);
    if (common !== undefined) {
      page.prefixes.push(fromBytes(common));
      cursor.from = after(common);
    } else {
      // None if it was removed since its folder was read.
      const object = folder.describe(fromBytes(bytes), path);
      if (!object) continue;
      page.objects.push(object);
    }
    page.last = common ?? bytes;
  }
  return page;
}
