import { join } from 'node:path';

/** Folder inside the bucket's folder for all that is not simply a file named by its key. Never part of a listing. */
export const HIDDEN = '.s3';
/** Below `.s3/`, the objects whose key cannot be the path of a file. */
export const ENCODED = 'keys';
/** Below `.s3/`, what S3 keeps of objects beside their content. */
export const RECORDS = 'meta';
/** Below `.s3/`, the files that are being written. */
export const WRITING = 'run';
/** Begins the names of files, in any folder of the bucket, that are about to be renamed to an object there. */
export const FOREIGN = '.s3-';
const FOREIGN_NAME = /^\.s3-\d{1,10}-[\da-f-]{73}$/i;
/** In bytes. */
export const MAX_KEY_BYTES = 1024;
/** The longest name of a file, in bytes, on every file system in use. */
const MAX_NAME_BYTES = 255;
/** Hex digits in a folder's name of an encoded key, so that names stay below 255. */
const SEGMENT = 240;
const SEGMENTS = new RegExp(`.{1,${SEGMENT}}`, 'g');
/** Ends the file's name of an encoded key; sorts before a digit and before `/`, as the end of a key does. */
const LAST = '.o';

const isForeign = (name: string) => FOREIGN_NAME.test(name);

/**
 * Whether the key reads as a relative path that leads to one file and to no other key's. The file system finds
 * other obstacles (a folder in the way, a path that is too long) when the file is opened.
 */
export function isPath(key: string): boolean {
  const segments = key.split('/');
  // In any case: on a case-insensitive file system `.S3` is the same folder.
  if (segments[0]?.toLowerCase() === HIDDEN || key.includes('\0')) return false;
  return segments.every(
    (each) =>
      !['', '.', '..'].includes(each) && !isForeign(each) && Buffer.byteLength(each) <= MAX_NAME_BYTES,
  );
}

/**
 * Path below `.s3/keys/` of a key that cannot be a path: its bytes in hex. Unlike a hash it needs no record of the key,
 * and walking these folders in order of their names gives keys in order.
 */
export function encodedPath(key: string): string {
  const hex = Buffer.from(key).toString('hex');
  return join(...(hex.match(SEGMENTS) ?? [])) + LAST;
}

/** Every key as bytes, one character each, in which JavaScript's order of strings is S3's order of keys. */
export const toBytes = (key: string): string => Buffer.from(key).toString('latin1');

export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

/** How the names of a tree of files, as bytes, are parts of keys. A folder's name ends with `/`. */
export interface Tree {
  /** Whether files and folders of this name, in the tree's root or below it, are of the tree. */
  has(name: string, isInRoot: boolean): boolean;
  part(name: string): string;
  /** First name that can hold keys which start with these bytes or come after them. */
  nameFrom(bytes: string): string;
}

export const PLAIN: Tree = {
  has: (name, isInRoot) =>
    !isForeign(name) && (!isInRoot || name.replace(/\/$/, '').toLowerCase() !== HIDDEN),
  part: (name) => name,
  nameFrom: (bytes) => bytes.slice(0, bytes.indexOf('/') + 1 || undefined),
};

const ENCODED_NAME = new RegExp(
  `^(([\\da-f]{2}){${SEGMENT / 2}}/|([\\da-f]{2}){1,${SEGMENT / 2}}\\${LAST})$`,
);

export const HEX: Tree = {
  has: (name) => ENCODED_NAME.test(name),
  part: (name) => Buffer.from(name.replace(/\/$|\.o$/, ''), 'hex').toString('latin1'),
  nameFrom: (bytes) => Buffer.from(bytes, 'latin1').toString('hex').slice(0, SEGMENT),
};
