import type { IncomingHttpHeaders } from 'node:http';
import type { Condition, StoredObject } from '../folder/folder';
import { notImplemented, s3Error } from '../protocol/errors';

/** Whether a list of entity tags, quoted or not, or `*`, names this one. */
function namesETag(header: string, etag: string): boolean {
  return header.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^(W\/)?"(.*)"$/, '$2')));
}

/**
 * Conditions of a read; entity tags go before dates (RFC 9110, "Precedence of Preconditions"). Throws PreconditionFailed.
 * @param prefix `x-amz-copy-source-` for the source of a copy
 * @returns false if the answer is 304 Not Modified, or of a copy PreconditionFailed
 */
export function mayRead(headers: IncomingHttpHeaders, object: StoredObject, prefix = ''): boolean {
  const headerOf = (name: string) => headers[`${prefix}${name}`]?.toString();
  const [match, noneMatch] = [headerOf('if-match'), headerOf('if-none-match')];
  const isChangedSince = (name: string, otherwise: boolean) => {
    const date = Date.parse(headerOf(name) ?? '');
    return Number.isNaN(date) ? otherwise : object.lastModified.getTime() > date;
  };
  if (match !== undefined && !namesETag(match, object.etag)) throw failed('If-Match');
  if (match === undefined && isChangedSince('if-unmodified-since', false))
    throw failed('If-Unmodified-Since');
  return noneMatch === undefined
    ? isChangedSince('if-modified-since', true)
    : !namesETag(noneMatch, object.etag);
}

/**
 * Conditions of a write or a delete. Throws PreconditionFailed, and NoSuchKey if an object that must match is not
 * there (User guide, "Conditional writes" and "Conditional deletes").
 */
export function writeCondition(headers: IncomingHttpHeaders, Key: string): Condition {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (noneMatch !== undefined && noneMatch !== '*')
    throw notImplemented('If-None-Match other than * on a write');
  return (current) => {
    if (current && noneMatch) throw failed('If-None-Match');
    if (match === undefined) return;
    if (!current) throw s3Error('NoSuchKey', { Key });
    if (!namesETag(match, current.etag)) throw failed('If-Match');
  };
}

const failed = (Condition: string) => s3Error('PreconditionFailed', { Condition });
