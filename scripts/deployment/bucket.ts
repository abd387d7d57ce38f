/** Empties the bucket that the stack made, before its deletion. */
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';

/** False if the bucket does not exist. Versions and delete markers count: S3 does not delete a bucket that has any. */
export async function hasObjects(s3: S3Client, bucket: string): Promise<boolean> {
  try {
    return (await nextVersions(s3, bucket, 1)).length > 0;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchBucket') return false;
    throw error;
  }
}

/** Deletes every object with all its versions. `onDeleted` gets how many are gone so far. */
export async function emptyBucket(
  s3: S3Client,
  bucket: string,
  onDeleted: (count: number) => void,
): Promise<void> {
  let deleted = 0;
  for (;;) {
    const Objects = await nextVersions(s3, bucket, 1000);
    if (Objects.length === 0) return;
    const { Errors } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const refused = Errors?.[0];
    if (refused) throw new Error(`${refused.Key} could not be deleted: ${refused.Code}: ${refused.Message}`);
    deleted += Objects.length;
    onDeleted(deleted);
  }
}

async function nextVersions(s3: S3Client, bucket: string, count: number): Promise<ObjectIdentifier[]> {
  const { Versions, DeleteMarkers } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: count }),
  );
  return [...(Versions ?? []), ...(DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({ Key, VersionId }));
}
