import type { IncomingHttpHeaders } from 'node:http';
import { named } from './checksums';
import { s3Error } from './errors';
import type { StoredObject } from './folder';
import { UNKNOWN_TYPE } from './keys';
import type { ObjectRecord } from './sidecars';

/** Metadata that S3 keeps as it came; user metadata is all of `x-amz-meta-*`. */
const KEPT =
  /^(cache-control|content-(disposition|encoding|language|type)|expires|x-amz-website-redirect-location|x-amz-meta-.+)$/;
const USER_METADATA = 'x-amz-meta-';
/** Most bytes of names and values of user metadata. */
const LARGEST_METADATA = 2048;

/** The metadata that a request gives to an object. Throws MetadataTooLarge. */
export function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  let Size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!KEPT.test(name) || value === undefined) continue;
    kept[name] = String(value);
    if (name.startsWith(USER_METADATA)) Size += name.length - USER_METADATA.length + String(value).length;
  }
  if (Size > LARGEST_METADATA) throw s3Error('MetadataTooLarge', { Size, MaxSizeAllowed: LARGEST_METADATA });
  // The framing of the transfer is no property of the object.
  const encodings = (kept['content-encoding'] ?? '').split(',').map((each) => each.trim());
  const encoding = encodings.filter((each) => each !== 'aws-chunked').join(',');
  if (encoding) kept['content-encoding'] = encoding;
  else delete kept['content-encoding'];
  return kept;
}

/** Checksums of an object or a part as headers: `x-amz-checksum-crc32`. */
export const checksumHeaders = (of: Partial<ObjectRecord>): Record<string, string> =>
  named(of, (algorithm) => `x-amz-checksum-${algorithm.toLowerCase()}`, 'x-amz-checksum-type');

/** Checksums of an object or a part as elements of an XML document: `ChecksumCRC32`. */
export const checksumElements = (of: Partial<ObjectRecord>): Record<string, string> =>
  named(of, (algorithm) => `Checksum${algorithm}`, 'ChecksumType');

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
