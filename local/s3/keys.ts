import { join } from 'node:path';

/** Folder inside the bucket's folder for all that is not simply a file named by its key. Never part of a listing. */
export const HIDDEN = '.s3';

/** Below `.s3/`, the objects whose key cannot be the path of a file. */
export const ENCODED = 'keys';

/** In bytes. */
export const LONGEST_KEY = 1024;

/** Of a file, in bytes, on every file system in use. */
const LONGEST_NAME = 255;

/** Segments of an encoded key: 120 of its bytes each, so that names stay below 255. */
const SEGMENTS = /.{1,240}/g;

/** Ends the last segment of an encoded key; sorts before a digit and before `/`, as the end of a key does. */
export const LAST = '.o';

/**
 * Whether the key reads as a relative path that leads to one file and to no other key's. What only the file system can
 * tell (a folder in the way, a path too long for it) shows when the file is looked for.
 */
export function isPath(key: string): boolean {
  const segments = key.split('/');
  // In any case: on a case-insensitive file system `.S3` is the same folder.
  if (segments[0]?.toLowerCase() === HIDDEN) return false;
  const isName = (segment: string) =>
    !['', '.', '..'].includes(segment) && Buffer.byteLength(segment) <= LONGEST_NAME;
  return !key.includes('\0') && segments.every(isName);
}

/**
 * Path below `.s3/keys/` of a key that cannot be a path: its bytes in hex. Unlike a hash it needs no record of the key,
 * and walking these folders in order of their names gives keys in order.
 */
export function encodedPath(key: string): string {
  return join(...(Buffer.from(key).toString('hex').match(SEGMENTS) ?? [])) + LAST;
}

/** Every key as bytes, one character each, in which JavaScript's order of strings is S3's order of keys. */
export const toBytes = (key: string): string => Buffer.from(key).toString('latin1');

export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();
