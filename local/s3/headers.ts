import type { IncomingHttpHeaders } from 'node:http';
import { checksumHeader } from './checksums';
import { UNKNOWN_TYPE } from './content-types';
import { s3Error } from './errors';
import type { StoredObject } from './folder';
import type { ObjectRecord } from './sidecars';

/** Metadata that S3 keeps as it came; user metadata is all of `x-amz-meta-*`. */
const KEPT =
  /^(cache-control|content-disposition|content-encoding|content-language|content-type|expires|x-amz-website-redirect-location|x-amz-meta-.+)$/;

const USER_METADATA = 'x-amz-meta-';

/** Most bytes of names and values of user metadata. */
const LARGEST_METADATA = 2048;

/** The metadata that a request gives to an object. Throws MetadataTooLarge. */
export function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!KEPT.test(name) || value === undefined) continue;
    kept[name] = String(value);
    if (name.startsWith(USER_METADATA)) size += name.length - USER_METADATA.length + String(value).length;
  }
  if (size > LARGEST_METADATA) {
    const members = { Size: size, MaxSizeAllowed: LARGEST_METADATA };
    throw s3Error(
      'MetadataTooLarge',
      'Your metadata headers exceed the maximum allowed metadata size',
      members,
    );
  }
  // The framing of the transfer is no property of the object.
  const encodings = kept['content-encoding']?.split(',').map((each) => each.trim());
  const encoding = encodings?.filter((each) => each !== 'aws-chunked').join(',');
  if (encoding) kept['content-encoding'] = encoding;
  else delete kept['content-encoding'];
  return kept;
}

/** Of an object, or a part. */
type Checksummed = Pick<ObjectRecord, 'checksums' | 'checksumType'>;

/** Checksums as headers: `x-amz-checksum-crc32`. */
export function checksumHeaders({ checksums, checksumType }: Checksummed): Record<string, string> {
  const headers = Object.entries(checksums ?? {}).map(([algorithm, value]) => [
    checksumHeader(algorithm),
    value,
  ]);
  if (headers.length > 0 && checksumType) headers.push(['x-amz-checksum-type', checksumType]);
  return Object.fromEntries(headers);
}

/** Checksums as elements of an XML document: `ChecksumCRC32`. */
export function checksumElements({ checksums, checksumType }: Checksummed): Record<string, string> {
  const elements = Object.entries(checksums ?? {}).map(([algorithm, value]) => [
    `Checksum${algorithm}`,
    value,
  ]);
  if (elements.length > 0 && checksumType) elements.push(['ChecksumType', checksumType]);
  return Object.fromEntries(elements);
}

/** Headers of an answer that describes an object. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    'accept-ranges': 'bytes',
    'content-type': UNKNOWN_TYPE,
    ...object.headers,
    etag: `"${object.etag}"`,
    'last-modified': object.lastModified.toUTCString(),
  };
}
