/** Refuses requests that would otherwise silently have no effect. The error names the operation or the header. */

import { ACCEPTED_CLASSES, STORAGE_CLASS } from './operations/storage-class';
import { notImplemented } from './protocol/errors';
import type { S3Request } from './request';

/** Values of headers that ask for what objects here have. */
const ACCEPTED: Record<string, RegExp> = {
  'x-amz-acl': /^(private|bucket-owner-full-control)$/,
  [STORAGE_CLASS]: ACCEPTED_CLASSES,
  'x-amz-server-side-encryption': /^AES256$/,
};
const UNSUPPORTED =
  /^x-amz-(copy-source-)?(server-side-encryption-|object-lock|tagging$|grant-|write-offset|if-match-)/;
/** Reads may depend on dates, writes not. */
const OF_READS = /^if-(un)?modified-since$/;

/** Throws NotImplemented. */
export function rejectUnsupported({ headers, query, operation }: S3Request): void {
  const isRead = /^(Get|Head)/.test(operation);
  for (const [name, value] of Object.entries(headers)) {
    const isRefused = UNSUPPORTED.test(name) || (OF_READS.test(name) && !isRead);
    if (isRefused || ACCEPTED[name]?.test(String(value)) === false) {
      throw notImplemented(`the header ${name}: ${value}`);
    }
  }
  if (query.has('partNumber') && !query.has('uploadId'))
    throw notImplemented('the query parameter partNumber');
}
