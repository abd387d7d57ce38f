import type { IncomingHttpHeaders } from 'node:http';
import { noSuchKey, notImplemented, s3Error } from './errors';
import type { StoredObject } from './folder';

/** Whether a list of entity tags, quoted or not, or `*`, names this one. */
export function namesETag(header: string, etag: string): boolean {
  return header.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^(W\/)?"(.*)"$/, '$2')));
}

function preconditionFailed(condition: string) {
  const members = { Condition: condition };
  return s3Error(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    members,
  );
}

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
    if (!namesETag(match, object.etag)) throw preconditionFailed('If-Match');
  } else if (modified > Date.parse(header('if-unmodified-since') ?? '')) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (noneMatch !== undefined) return !namesETag(noneMatch, object.etag);
  return !(modified <= Date.parse(header('if-modified-since') ?? ''));
}

/** The same for the source of a copy, where everything that does not hold is PreconditionFailed. */
export function checkCopySource(headers: IncomingHttpHeaders, object: StoredObject): void {
  if (!mayRead(headers, object, 'x-amz-copy-source-')) throw preconditionFailed('x-amz-copy-source');
}

/** Conditions of a write, to be asked under the key's lock. Throws PreconditionFailed and NoSuchKey. */
export function writeCondition(headers: IncomingHttpHeaders, key: string) {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (noneMatch !== undefined && noneMatch !== '*')
    throw notImplemented('If-None-Match other than * on a write');
  return (current: StoredObject | undefined): void => {
    if (current && noneMatch) throw preconditionFailed('If-None-Match');
    if (match && !current) throw noSuchKey(key);
    if (match && current && !namesETag(match, current.etag)) throw preconditionFailed('If-Match');
  };
}

/** Conditions of a delete. @param match If-Match, or the ETag element of DeleteObjects */
export function deleteCondition(match: string | undefined) {
  return (current: StoredObject | undefined): void => {
    if (match !== undefined && !(current && namesETag(match, current.etag)))
      throw preconditionFailed('If-Match');
  };
}
