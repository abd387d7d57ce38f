import { s3Error } from './errors';
import type { StoredObject } from './folder';
import { fromBytes, toBytes } from './keys';
import { type Exchange, integer } from './request';
import { after, walkKeys } from './walk';
import { sendXml } from './xml';

/** What a listing is asked for, all as bytes. */
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

/** ListObjectsV2. A continuation token is the next page's first key. */
export async function listObjects(exchange: Exchange): Promise<void> {
  const { query, bucket, response } = exchange;
  const given = (name: string) => query.get(name) ?? '';
  const [prefix, delimiter, start] = [given('prefix'), given('delimiter'), given('start-after')];
  const [token, type] = [given('continuation-token'), given('encoding-type')];
  if (!['', 'url'].includes(type)) {
    throw s3Error('InvalidArgument', { ArgumentName: 'encoding-type', ArgumentValue: type });
  }
  if (!/^[\w-]*$/.test(token)) {
    throw s3Error('InvalidArgument', { Message: 'The continuation token provided is incorrect' });
  }
  const limit = Math.min(integer(query, 'max-keys', '1000', 0, 2 ** 31 - 1), 1000);
  const from = Buffer.from(token, 'base64url').toString('latin1') || (start && `${toBytes(start)}\0`);
  const selection = { prefix: toBytes(prefix), delimiter: toBytes(delimiter), from };
  const { objects, prefixes, next } = await readPage(exchange, selection, limit);
  const encode = (text: string) => (type ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const Owner = given('fetch-owner') === 'true' ? { ID: 'local' } : undefined;
  sendXml(response, 'ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: encode(delimiter) || undefined,
    MaxKeys: limit,
    EncodingType: type || undefined,
    KeyCount: objects.length + prefixes.length,
    StartAfter: encode(start) || undefined,
    ContinuationToken: token || undefined,
    IsTruncated: next !== undefined,
    NextContinuationToken: next && Buffer.from(next, 'latin1').toString('base64url'),
    Contents: objects.map(({ key, lastModified, etag, checksums, checksumType, size }) => ({
      Key: encode(key),
      LastModified: lastModified.toISOString(),
      ETag: `"${etag}"`,
      ChecksumAlgorithm: checksums && Object.keys(checksums),
      ChecksumType: checksums && checksumType,
      Size: size,
      Owner,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: prefixes.map((each) => ({ Prefix: encode(each) })),
  });
}
