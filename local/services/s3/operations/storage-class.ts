/** The storage class of an object. Objects of an archive are listed, and cannot be read: nothing is restored here. */

import type { StoredObject } from '../folder/folder';
import type { ObjectRecord } from '../folder/sidecars';
import { s3Error } from '../protocol/errors';

export const STORAGE_CLASS = 'x-amz-storage-class';
/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const ACCEPTED_CLASSES =
  /^(STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|GLACIER_IR|DEEP_ARCHIVE)$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html */
const ARCHIVED = /^(GLACIER|DEEP_ARCHIVE)$/;

export function storageClassOf({ headers }: Pick<ObjectRecord, 'headers'>): string {
  return headers[STORAGE_CLASS] ?? 'STANDARD';
}

/** Throws InvalidObjectState. */
export function assertReadable(object: StoredObject): void {
  const StorageClass = storageClassOf(object);
  if (ARCHIVED.test(StorageClass)) throw s3Error('InvalidObjectState', { StorageClass });
}
