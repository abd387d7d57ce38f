/** ListMultipartUploads and ListParts. */
import * as z from 'zod';
import { canonicalId } from '../bucket-options';
import { toBytes } from '../folder/keys';
import { wholeNumber } from '../parameters';
import { sendXml } from '../protocol/xml';
import type { Exchange } from '../request';
import { encoderOf, type ListingQuery, listingElements, listingQuery } from './listing-form';
import { checksumElements } from './metadata';
import { commonPrefix } from './page';
import { storageClassOf } from './storage-class';
import { etagOf, MAX_PARTS, type Upload } from './upload';

const MAX_LISTED = 1000;

export const uploadsQuery = {
  ...listingQuery,
  'key-marker': z.string().default(''),
  'upload-id-marker': z.string().default(''),
  'max-uploads': wholeNumber(0, 2 ** 31 - 1).default(MAX_LISTED),
};
export const partsQuery = {
  'part-number-marker': wholeNumber(0, MAX_PARTS).default(0),
  'max-parts': wholeNumber(0, 2 ** 31 - 1).default(MAX_LISTED),
};

interface UploadsQuery extends ListingQuery {
  'key-marker': string;
  'upload-id-marker': string;
  'max-uploads': number;
}

const userOf = ({ bucketOptions: { owner } }: Exchange) => ({ ID: canonicalId(owner) });

/** The position of an upload in a listing: by the bytes of its key, then as it was made. */
const positionOf = (key: string, id: string) => `${toBytes(key)}\0${id}`;

/** An upload of the listing, or the common prefix of some. */
interface Entry {
  position: string;
  upload?: Upload;
  prefix?: string;
}

export function sendUploads(exchange: Exchange, uploads: Iterable<Upload>, query: UploadsQuery): void {
  const { prefix, 'key-marker': key, 'upload-id-marker': id, 'max-uploads': wanted } = query;
  const limit = Math.min(wanted, MAX_LISTED);
  const entries = new Map<string, Entry>();
  for (const upload of uploads) {
    if (upload.bucket !== exchange.bucket || !upload.key.startsWith(prefix)) continue;
    const common = commonPrefix(upload.key, query);
    const position = common === undefined ? positionOf(upload.key, upload.id) : toBytes(common);
    entries.set(position, common === undefined ? { position, upload } : { position, prefix: common });
  }
  // Without an id, the marker is after every upload of its key.
  const marker = key && positionOf(key, id || '\uffff');
  const after = [...entries.values()]
    .filter(({ position }) => position > marker)
    .sort((one, other) => (one.position < other.position ? -1 : 1));
  const page = after.slice(0, limit);
  const last = after.length > limit ? page.at(-1) : undefined;
  const encode = encoderOf(query);
  const lastKey = last?.upload?.key ?? last?.prefix;
  sendXml(exchange.response, 'ListMultipartUploadsResult', {
    Bucket: exchange.bucket,
    KeyMarker: encode(key),
    UploadIdMarker: id,
    NextKeyMarker: lastKey && encode(lastKey),
    NextUploadIdMarker: last?.upload?.id,
    ...listingElements(
      query,
      page.flatMap((each) => each.prefix ?? []),
    ),
    MaxUploads: limit,
    IsTruncated: last !== undefined,
    Upload: page
      .flatMap(({ upload }) => upload ?? [])
      .map((upload) => ({
        Key: encode(upload.key),
        UploadId: upload.id,
        Initiator: userOf(exchange),
        Owner: userOf(exchange),
        StorageClass: storageClassOf(upload),
        Initiated: upload.initiated.toISOString(),
        ChecksumAlgorithm: upload.algorithm,
        ChecksumType: upload.checksumType,
      })),
  });
}

export function sendParts(
  exchange: Exchange,
  upload: Upload,
  {
    'part-number-marker': marker,
    'max-parts': wanted,
  }: { 'part-number-marker': number; 'max-parts': number },
): void {
  const limit = Math.min(wanted, MAX_LISTED);
  const after = [...upload.parts.values()]
    .filter(({ number }) => number > marker)
    .sort((one, other) => one.number - other.number);
  const page = after.slice(0, limit);
  sendXml(exchange.response, 'ListPartsResult', {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.id,
    Initiator: userOf(exchange),
    Owner: userOf(exchange),
    StorageClass: storageClassOf(upload),
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: limit,
    IsTruncated: after.length > limit,
    ChecksumAlgorithm: upload.algorithm,
    ChecksumType: upload.checksumType,
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: part.uploaded.toISOString(),
      ETag: `"${etagOf(part)}"`,
      Size: part.size,
      ...checksumElements(part),
    })),
  });
}
