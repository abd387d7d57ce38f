import { s3Error } from './errors';
import type { StoredObject } from './folder';
import { fromBytes, toBytes } from './keys';
import { type Exchange, integer } from './request';
import { after, walkKeys } from './walk';
import { sendXml } from './xml';

interface Page {
  objects: StoredObject[];
  prefixes: string[];
  /** Bytes of the first key of the next page. */
  next?: string;
}

/** One page of a listing, where a common prefix counts as a key does. @param from bytes of the first key that is wanted */
async function readPage({ folder, query }: Exchange, from: string, limit: number): Promise<Page> {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''].map(toBytes) as [
    string,
    string,
  ];
  const cursor = { prefix, from: from > prefix ? from : prefix };
  const page: Page = { objects: [], prefixes: [] };
  if (limit === 0) return page;
  for await (const { bytes, path } of walkKeys(folder.root, folder.names, cursor)) {
    if (page.objects.length + page.prefixes.length === limit) return { ...page, next: bytes };
    const end = delimiter ? bytes.indexOf(delimiter, prefix.length) : -1;
    if (end >= 0) {
      const common = bytes.slice(0, end + delimiter.length);
      page.prefixes.push(fromBytes(common));
      cursor.from = after(common);
    } else {
      // None where it was removed since its folder was read.
      const object = folder.describe(fromBytes(bytes), path);
      if (object) page.objects.push(object);
    }
  }
  return page;
}

/** ListObjectsV2. A continuation token is the next page's first key. */
export async function listObjects(exchange: Exchange): Promise<void> {
  const { query, bucket, response } = exchange;
  const [token, start, delimiter] = ['continuation-token', 'start-after', 'delimiter'].map((name) =>
    query.get(name),
  );
  const type = query.get('encoding-type') ?? undefined;
  if (type && type !== 'url') {
    throw s3Error('InvalidArgument', { ArgumentName: 'encoding-type', ArgumentValue: type });
  }
  if (token && !/^[\w-]+$/.test(token)) {
    throw s3Error('InvalidArgument', { Message: 'The continuation token provided is incorrect' });
  }
  const limit = Math.min(integer(query, 'max-keys', '1000', 0, 2 ** 31 - 1), 1000);
  const from = token
    ? Buffer.from(token, 'base64url').toString('latin1')
    : start
      ? `${toBytes(start)}\0`
      : '';
  const { objects, prefixes, next } = await readPage(exchange, from, limit);
  const encode = (text: string) => (type ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const owner = query.get('fetch-owner') === 'true' ? { ID: 'local' } : undefined;
  sendXml(response, 'ListBucketResult', {
    Name: bucket,
    Prefix: encode(query.get('prefix') ?? ''),
    Delimiter: delimiter ? encode(delimiter) : undefined,
    MaxKeys: limit,
    EncodingType: type,
    KeyCount: objects.length + prefixes.length,
    StartAfter: start ? encode(start) : undefined,
    ContinuationToken: token ?? undefined,
    IsTruncated: next !== undefined,
    NextContinuationToken: next && Buffer.from(next, 'latin1').toString('base64url'),
    Contents: objects.map(({ key, lastModified, etag, checksums, checksumType, size }) => ({
      Key: encode(key),
      LastModified: lastModified.toISOString(),
      ETag: `"${etag}"`,
      ChecksumAlgorithm: checksums && Object.keys(checksums),
      ChecksumType: checksums && checksumType,
      Size: size,
      Owner: owner,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  });
}
