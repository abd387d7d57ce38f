import type { IncomingHttpHeaders } from 'node:http';
import { notImplemented, s3Error } from './errors';
import type { Condition, StoredObject } from './folder';

/** Whether a list of entity tags, quoted or not, or `*`, names this one. */
export function namesETag(header: string, etag: string): boolean {
  return header.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^(W\/)?"(.*)"$/, '$2')));
}

const failed = (Condition: string) => s3Error('PreconditionFailed', { Condition });

/**
 * Conditions of a read, in the precedence that the API reference gives to GetObject: an entity tag decides before a
 * date does. Throws PreconditionFailed.
 * @param prefix `x-amz-copy-source-` for the source of a copy
 * @returns false where the answer is 304 Not Modified
 */
export function mayRead(headers: IncomingHttpHeaders, object: StoredObject, prefix = ''): boolean {
  const header = (name: string) => headers[`${prefix}${name}`]?.toString();
  const modified = object.lastModified.getTime();
  const [match, noneMatch] = [header('if-match'), header('if-none-match')];
  if (match !== undefined) {
    if (!namesETag(match, object.etag)) throw failed('If-Match');
  } else if (modified > Date.parse(header('if-unmodified-since') ?? '')) {
    throw failed('If-Unmodified-Since');
  }
  if (noneMatch !== undefined) return !namesETag(noneMatch, object.etag);
  return !(modified <= Date.parse(header('if-modified-since') ?? ''));
}

/** The same for the source of a copy, where everything that does not hold is PreconditionFailed. */
export function checkCopySource(headers: IncomingHttpHeaders, object: StoredObject): void {
  if (!mayRead(headers, object, 'x-amz-copy-source-')) throw failed('x-amz-copy-source');
}

/**
 * Conditions of a write or a delete. Throws PreconditionFailed, and NoSuchKey where an object that must match is not
 * there (User guide, "Conditional writes" and "Conditional deletes").
 */
export function writeCondition(headers: IncomingHttpHeaders, Key: string): Condition {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw notImplemented('If-None-Match other than * on a write');
  }
  return (current) => {
    if (current && noneMatch) throw failed('If-None-Match');
    if (match === undefined) return;
    if (!current) throw s3Error('NoSuchKey', { Key });
    if (!namesETag(match, current.etag)) throw failed('If-Match');
  };
}
