import type { StoredObject } from '../folder/folder';
import type { OpenFile } from '../folder/open-file';
import { s3Error } from '../protocol/errors';
import type { Exchange, ObjectLocation } from '../request';
import { isPresentVersion } from './versions';

/**
 * Opens an object for as long as it is used. S3 tells only callers who may list the bucket that an object does not exist. Throws
 * NoSuchKey, NoSuchVersion and AccessDenied.
 */
export async function openObject<T>(
  { folderOf, isAllowed }: Exchange,
  location: ObjectLocation,
  use: (object: StoredObject, content: OpenFile) => Promise<T> | T,
): Promise<T> {
  const { bucket, key: Key, versionId: VersionId } = location;
  const opened = folderOf(bucket).open(Key);
  if (!opened || !isPresentVersion(location)) {
    opened?.content.close();
    if (!isAllowed('ListBucket', { bucket, key: '' })) throw s3Error('AccessDenied');
    throw isPresentVersion(location)
      ? s3Error('NoSuchKey', { Key })
      : s3Error('NoSuchVersion', { Key, VersionId });
  }
  const { object, content } = opened;
  try {
    return await use(object, content);
  } finally {
    content.close();
  }
}
