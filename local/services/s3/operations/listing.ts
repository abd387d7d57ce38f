/** The listings of objects: ListObjectsV2, ListObjects, and ListObjectVersions, where every object has one version. */
import * as z from 'zod';
import { canonicalId } from '../bucket-options';
import type { StoredObject } from '../folder/folder';
import { fromBytes, toBytes } from '../folder/keys';
import { handler, oneOf, wholeNumber } from '../parameters';
import { s3Error } from '../protocol/errors';
import { sendXml } from '../protocol/xml';
import type { Exchange } from '../request';
import { encoderOf, type ListingQuery, listingElements, listingQuery } from './listing-form';
import { firstAfter, MAX_KEYS, readPage } from './page';
import { storageClassOf } from './storage-class';
import { ONLY_VERSION } from './versions';

const keys = { ...listingQuery, 'max-keys': wholeNumber(0, 2 ** 31 - 1).default(MAX_KEYS) };

async function read(exchange: Exchange, query: ListingQuery & { 'max-keys': number }, from: string) {
  const limit = Math.min(query['max-keys'], MAX_KEYS);
  const selection = { prefix: toBytes(query.prefix), delimiter: toBytes(query.delimiter), from };
  const page = await readPage(exchange, selection, limit);
  return {
    ...page,
    elements: {
      Name: exchange.bucket,
      ...listingElements(query, page.prefixes),
      MaxKeys: limit,
      IsTruncated: page.next !== undefined,
    },
  };
}

function describe(encode: (text: string) => string, Owner: object | undefined) {
  return ({ key, lastModified, etag, checksums, checksumType, size, headers }: StoredObject) => ({
    Key: encode(key),
    LastModified: lastModified.toISOString(),
    ETag: `"${etag}"`,
    ChecksumAlgorithm: checksums && Object.keys(checksums),
    ChecksumType: checksums && checksumType,
    Size: size,
    Owner,
    StorageClass: storageClassOf({ headers }),
  });
}

const ownerOf = ({ bucketOptions: { owner } }: Exchange) => ({ ID: canonicalId(owner) });

const secondVersion = {
  ...keys,
  'list-type': oneOf('2'),
  'start-after': z.string().default(''),
  'continuation-token': z
    .string()
    .regex(/^[\w-]+$/, 'is not a continuation token')
    .optional(),
  'fetch-owner': z.string().optional(),
};

/** A continuation token is the next page's first key. */
export const listObjectsV2 = handler({ query: secondVersion }, async (exchange, query) => {
  const { 'start-after': start, 'continuation-token': token = '' } = query;
  const from = Buffer.from(token, 'base64url').toString('latin1') || firstAfter(start, query);
  const { objects, prefixes, next, elements } = await read(exchange, query, from);
  const encode = encoderOf(query);
  const owner = query['fetch-owner'] === 'true' ? ownerOf(exchange) : undefined;
  sendXml(exchange.response, 'ListBucketResult', {
    ...elements,
    KeyCount: objects.length + prefixes.length,
    StartAfter: encode(start) || undefined,
    ContinuationToken: token || undefined,
    NextContinuationToken: next && Buffer.from(next, 'latin1').toString('base64url'),
    Contents: objects.map(describe(encode, owner)),
  });
});

/** Without a delimiter, clients take the last key for the next marker. */
export const listObjects = handler(
  { query: { ...keys, marker: z.string().default('') } },
  async (exchange, query) => {
    const { objects, next, last, elements } = await read(exchange, query, firstAfter(query.marker, query));
    const encode = encoderOf(query);
    sendXml(exchange.response, 'ListBucketResult', {
      ...elements,
      Marker: encode(query.marker),
      NextMarker: next && last && query.delimiter ? encode(fromBytes(last)) : undefined,
      Contents: objects.map(describe(encode, ownerOf(exchange))),
    });
  },
);

const versions = {
  ...keys,
  'key-marker': z.string().default(''),
  'version-id-marker': z.string().optional(),
};

export const listObjectVersions = handler({ query: versions }, async (exchange, query) => {
  const { 'key-marker': marker, 'version-id-marker': version } = query;
  if (version !== undefined && !marker) {
    const Message = 'A version-id marker cannot be specified without a key marker.';
    throw s3Error('InvalidArgument', { Message, ArgumentName: 'version-id-marker', ArgumentValue: version });
  }
  const { objects, next, last, elements } = await read(exchange, query, firstAfter(marker, query));
  const encode = encoderOf(query);
  const isAfterPrefix =
    last !== undefined && elements.CommonPrefixes.at(-1)?.Prefix === encode(fromBytes(last));
  sendXml(exchange.response, 'ListVersionsResult', {
    ...elements,
    KeyMarker: encode(marker),
    VersionIdMarker: version ?? '',
    NextKeyMarker: next && last && encode(fromBytes(last)),
    NextVersionIdMarker: next && !isAfterPrefix ? ONLY_VERSION : undefined,
    Version: objects
      .map(describe(encode, ownerOf(exchange)))
      .map((each) => ({ ...each, VersionId: ONLY_VERSION, IsLatest: true })),
  });
});
