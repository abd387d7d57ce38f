import { s3Error } from './errors';
import type { StoredObject } from './folder';
import { fromBytes, toBytes } from './keys';
import type { Exchange } from './operation';
import { integer } from './request';
import { after, type Found, walkKeys } from './walk';
import { sendXml } from './xml';

interface Page {
  objects: StoredObject[];
  prefixes: string[];
  /** Bytes of the first key, or prefix, of the next page. */
  next?: string;
}

interface Selection {
  prefix: string;
  delimiter: string;
  /** Bytes of the first key that is wanted. */
  from: string;
  limit: number;
}

/** One page of a listing, where a common prefix counts as a key does. */
async function readPage({ folder }: Exchange, { prefix, delimiter, from, limit }: Selection): Promise<Page> {
  const range = { prefix: toBytes(prefix), delimiter: toBytes(delimiter), from };
  if (range.from < range.prefix) range.from = range.prefix;
  const found: Found[] = [];
  const prefixes: string[] = [];
  let next: string | undefined;
  if (limit > 0) {
    for await (const each of walkKeys(folder.root, folder.names, range)) {
      const { bytes } = each;
      if (found.length + prefixes.length === limit) {
        next = bytes;
        break;
      }
      const end = delimiter ? bytes.indexOf(range.delimiter, range.prefix.length) : -1;
      if (end >= 0) {
        const common = bytes.slice(0, end + range.delimiter.length);
        prefixes.push(fromBytes(common));
        range.from = after(common);
      } else {
        found.push(each);
      }
    }
  }
  const objects = await Promise.all(found.map(({ bytes, path }) => folder.describe(fromBytes(bytes), path)));
  // Without those that were removed since.
  return { objects: objects.filter((object) => object !== undefined), prefixes, next };
}

/** First key after `marker`; where the marker is a common prefix, after all keys that it stands for. */
function fromMarker(marker: string, prefix: string, delimiter: string): string {
  if (!marker) return '';
  const isCommonPrefix =
    delimiter && marker.indexOf(delimiter, prefix.length) === marker.length - delimiter.length;
  return isCommonPrefix && marker.startsWith(prefix) ? after(toBytes(marker)) : `${toBytes(marker)}\0`;
}

const OWNER = { ID: 'local' };

function common({ query, bucket }: Exchange, page: Page, withOwner: boolean) {
  const type = query.get('encoding-type');
  if (type !== null && type !== 'url') {
    throw s3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
      ArgumentName: 'encoding-type',
    });
  }
  const encode = (text: string) => (type ? encodeURIComponent(text).replaceAll('%2F', '/') : text);
  const delimiter = query.get('delimiter');
  return {
    encode,
    elements: {
      Name: bucket,
      Prefix: encode(query.get('prefix') ?? ''),
      Delimiter: delimiter ? encode(delimiter) : undefined,
      MaxKeys: limitOf(query),
      EncodingType: type ?? undefined,
      IsTruncated: page.next !== undefined,
      Contents: page.objects.map((object) => ({
        Key: encode(object.key),
        LastModified: object.lastModified.toISOString(),
        ETag: `"${object.etag}"`,
        ChecksumAlgorithm: object.checksums ? Object.keys(object.checksums) : undefined,
        ChecksumType: object.checksums ? (object.checksumType ?? 'FULL_OBJECT') : undefined,
        Size: object.size,
        Owner: withOwner ? OWNER : undefined,
        StorageClass: 'STANDARD',
      })),
      CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
    },
  };
}

const limitOf = (query: URLSearchParams) => Math.min(integer(query, 'max-keys', 1000), 1000);

export async function listObjectsV2(exchange: Exchange): Promise<void> {
  const { query, response } = exchange;
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const [token, start] = [query.get('continuation-token'), query.get('start-after') ?? ''];
  if (token !== null && !/^[\w-]+$/.test(token)) {
    throw s3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  const from = token
    ? Buffer.from(token, 'base64url').toString('latin1')
    : fromMarker(start, prefix, delimiter);
  const page = await readPage(exchange, { prefix, delimiter, from, limit: limitOf(query) });
  const { elements, encode } = common(exchange, page, query.get('fetch-owner') === 'true');
  sendXml(response, 'ListBucketResult', {
    ...elements,
    KeyCount: page.objects.length + page.prefixes.length,
    StartAfter: start ? encode(start) : undefined,
    ContinuationToken: token ?? undefined,
    NextContinuationToken: page.next && Buffer.from(page.next, 'latin1').toString('base64url'),
  });
}

export async function listObjects(exchange: Exchange): Promise<void> {
  const { query, response } = exchange;
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const marker = query.get('marker') ?? '';
  const from = fromMarker(marker, prefix, delimiter);
  const page = await readPage(exchange, { prefix, delimiter, from, limit: limitOf(query) });
  const { elements, encode } = common(exchange, page, true);
  // Only with a delimiter, as S3 does: otherwise the last key is the marker.
  const last = [page.objects.at(-1)?.key ?? '', page.prefixes.at(-1) ?? ''].map(toBytes).sort().at(-1) ?? '';
  sendXml(response, 'ListBucketResult', {
    ...elements,
    Marker: encode(marker),
    NextMarker: page.next !== undefined && delimiter ? encode(fromBytes(last)) : undefined,
  });
}
