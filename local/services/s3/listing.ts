import { z } from 'zod';
import type { StoredObject } from './folder';
import { fromBytes, toBytes } from './keys';
import { handler, oneOf, wholeNumber } from './parameters';
import type { Exchange } from './request';
import { storageClassOf } from './storage-class';
import { after, walkKeys } from './walk';
import { sendXml } from './xml';

/** The parameters of a listing, all as bytes. */
interface Selection {
  prefix: string;
  delimiter: string;
  /** First key that is wanted. */
  from: string;
}

/** One page of a listing, where a common prefix counts as a key does. `next` is the first key of the next page, as bytes. */
async function readPage({ folder }: Exchange, { prefix, delimiter, from }: Selection, limit: number) {
  const cursor = { prefix, from: from > prefix ? from : prefix };
  const [objects, prefixes]: [StoredObject[], string[]] = [[], []];
  if (limit === 0) return { objects, prefixes };
  for await (const { bytes, path } of walkKeys(folder.root, folder.names, cursor)) {
    if (objects.length + prefixes.length === limit) return { objects, prefixes, next: bytes };
    const end = delimiter ? bytes.indexOf(delimiter, prefix.length) : -1;
    if (end >= 0) {
      const common = bytes.slice(0, end + delimiter.length);
      prefixes.push(fromBytes(common));
      cursor.from = after(common);
    } else {
      // None where it was removed since its folder was read.
      const object = folder.describe(fromBytes(bytes), path);
      if (object) objects.push(object);
    }
  }
  return { objects, prefixes };
}

/** Most keys of a page. */
const MAX_KEYS = 1000;

const selection = {
  'list-type': oneOf('2'),
  prefix: z.string().default(''),
  delimiter: z.string().default(''),
  'start-after': z.string().default(''),
  'continuation-token': z
    .string()
    .regex(/^[\w-]+$/, 'is no continuation token')
    .optional(),
  'encoding-type': oneOf('url').optional(),
  'fetch-owner': z.string().optional(),
  'max-keys': wholeNumber(0, 2 ** 31 - 1).default(MAX_KEYS),
};

/** ListObjectsV2. A continuation token is the next page's first key. */
export const listObjects = handler({ query: selection }, async (exchange, parameters) => {
  const { bucket, response } = exchange;
  const { prefix, delimiter, 'start-after': start } = parameters;
  const { 'continuation-token': token = '', 'encoding-type': type } = parameters;
  const limit = Math.min(parameters['max-keys'], MAX_KEYS);
  const from = Buffer.from(token, 'base64url').toString('latin1') || (start && `${toBytes(start)}\0`);
  const selection = { prefix: toBytes(prefix), delimiter: toBytes(delimiter), from };
  const { objects, prefixes, next } = await readPage(exchange, selection, limit);
  const encode = (text: string) => (type ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const Owner = parameters['fetch-owner'] === 'true' ? { ID: 'local' } : undefined;
  sendXml(response, 'ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: encode(delimiter) || undefined,
    MaxKeys: limit,
    EncodingType: type,
    KeyCount: objects.length + prefixes.length,
    StartAfter: encode(start) || undefined,
    ContinuationToken: token || undefined,
    IsTruncated: next !== undefined,
    NextContinuationToken: next && Buffer.from(next, 'latin1').toString('base64url'),
    Contents: objects.map(({ key, lastModified, etag, checksums, checksumType, size, headers }) => ({
      Key: encode(key),
      LastModified: lastModified.toISOString(),
      ETag: `"${etag}"`,
      ChecksumAlgorithm: checksums && Object.keys(checksums),
      ChecksumType: checksums && checksumType,
      Size: size,
      Owner,
      StorageClass: storageClassOf({ headers }),
    })),
    CommonPrefixes: prefixes.map((each) => ({ Prefix: encode(each) })),
  });
});
