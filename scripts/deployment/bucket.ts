/** Deletes objects of a deployment's buckets: some, or all of one before its deletion. */
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_DELETED_AT_A_TIME = 1000;

/** Throws an Error that names an object that S3 does not delete. */
export async function deleteObjects(
  s3: S3Client,
  bucket: string,
  objects: ObjectIdentifier[],
): Promise<void> {
  for (let start = 0; start < objects.length; start += MAX_DELETED_AT_A_TIME) {
    const Delete = { Objects: objects.slice(start, start + MAX_DELETED_AT_A_TIME), Quiet: true };
    const { Errors } = await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
    const [failed] = Errors ?? [];
    if (failed) throw new Error(`${failed.Key} could not be deleted: ${failed.Code}: ${failed.Message}`);
  }
}

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
    const versions = await nextVersions(s3, bucket, MAX_DELETED_AT_A_TIME);
    if (versions.length === 0) return;
    await deleteObjects(s3, bucket, versions);
    deleted += versions.length;
    onDeleted(deleted);
  }
}

async function nextVersions(s3: S3Client, bucket: string, count: number): Promise<ObjectIdentifier[]> {
  const { Versions, DeleteMarkers } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: count }),
  );
  return [...(Versions ?? []), ...(DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({ Key, VersionId }));
}
