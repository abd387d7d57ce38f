import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { StoredObject } from '../folder/folder';
import { KEPT, type ObjectRecord } from '../folder/sidecars';
import { UNKNOWN_TYPE } from '../protocol/content-type';
import { s3Error } from '../protocol/errors';
import { STORAGE_CLASS } from './storage-class';

const USER_METADATA = 'x-amz-meta-';
/** Most bytes of names and values of user metadata. */
const MAX_METADATA_BYTES = 2048;

/** The metadata that a request gives to an object. Throws MetadataTooLarge. */
export function metadataOf(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  let Size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!KEPT.test(name) || value === undefined) continue;
    kept[name] = String(value);
    if (name.startsWith(USER_METADATA)) Size += name.length - USER_METADATA.length + String(value).length;
  }
  if (Size > MAX_METADATA_BYTES)
    throw s3Error('MetadataTooLarge', { Size, MaxSizeAllowed: MAX_METADATA_BYTES });
  // The framing of the transfer does not belong to the object.
  const encodings = (kept['content-encoding'] ?? '').split(',').map((each) => each.trim());
  const encoding = encodings.filter((each) => each !== 'aws-chunked').join(',');
  if (encoding) kept['content-encoding'] = encoding;
  else delete kept['content-encoding'];
  // S3 says the class of every object but of one in the standard class.
  if (kept[STORAGE_CLASS] === 'STANDARD') delete kept[STORAGE_CLASS];
  return kept;
}

/** Checksums of an object or a part as headers: `x-amz-checksum-crc32`. */
export function checksumHeaders({ checksums = {}, checksumType }: Partial<ObjectRecord>) {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(checksums))
    headers[`x-amz-checksum-${name.toLowerCase()}`] = value;
  return checksumType ? { ...headers, 'x-amz-checksum-type': checksumType } : headers;
}

/** Checksums of an object or a part as elements of an XML document: `ChecksumCRC32`. */
export function checksumElements({ checksums = {}, checksumType }: Partial<ObjectRecord>) {
  const elements = Object.entries(checksums).map(([name, value]) => [`Checksum${name}`, value]);
  return { ...Object.fromEntries(elements), ChecksumType: checksumType };
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

/** Answers that something was written: an object, or a part of one. */
export function sendWritten(response: ServerResponse, written: Omit<ObjectRecord, 'headers'>): void {
  const headers = { etag: `"${written.etag}"`, ...checksumHeaders(written), 'content-length': 0 };
  response.writeHead(200, headers).end();
}
