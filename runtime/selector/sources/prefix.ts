/** The objects below a prefix, as S3 lists them. */
import { ListObjectsV2Command, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { Candidate, Page } from '../candidate';
import { SelectionError } from '../selection-error';

export interface PrefixSource {
  bucket: string;
  prefix: string;
  /** Prefixes of the bucket where this system writes. */
  written: string[];
}

/** JSON. The listing goes on after this key, or after all keys that start with a prefix. */
export interface PrefixPosition {
  after: string;
}

/** A prefix followed by this comes after every key that starts with the prefix. */
const LAST = '\u{10ffff}';

/** Throws a SelectionError if the bucket may not be listed. */
export async function* listPrefix(
  s3: S3Client,
  { bucket, prefix, written }: PrefixSource,
  from?: PrefixPosition,
): AsyncGenerator<Page<PrefixPosition>> {
  // A prefix that names one of these itself means it.
  const own = written.filter((each) => each !== prefix && each.startsWith(prefix));
  for (let after = from?.after; ; ) {
    const { keys, isTruncated } = await list(s3, bucket, prefix, after);
    const candidates = keys.filter(({ key }) => !own.some((each) => key.startsWith(each)));
    const objects = candidates.filter(({ key, size }) => size !== 0 || !key.endsWith('/'));
    const last = keys.at(-1)?.key;
    if (last === undefined) return;
    const entered = own.find((each) => last.startsWith(each));
    after = entered === undefined ? last : entered + LAST;
    yield { candidates: objects, passedOver: candidates.length - objects.length, next: { after } };
    if (!isTruncated) return;
  }
}

async function list(s3: S3Client, bucket: string, prefix: string, after: string | undefined) {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    StartAfter: after,
    // Keys may have characters that XML cannot have.
    EncodingType: 'url',
  });
  const { Contents = [], IsTruncated = false } = await s3.send(command).catch((error) => {
    throw listError(error, bucket, prefix);
  });
  const keys: Candidate[] = Contents.map(({ Key = '', Size, LastModified, StorageClass, ETag }) => ({
    key: decodeListed(Key),
    size: Size,
    modified: LastModified?.getTime(),
    storageClass: StorageClass ?? 'STANDARD',
    etag: ETag?.replaceAll('"', ''),
  }));
  return { keys, isTruncated: IsTruncated };
}

/** A key of a listing with the encoding type `url`, which has a plus for a space. */
export function decodeListed(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}

export function listError(error: unknown, bucket: string, prefix: string): unknown {
  if (!(error instanceof S3ServiceException)) return error;
  const status = error.$metadata.httpStatusCode;
  if (status === 404) {
    return new SelectionError('InvalidSelection', `There is no bucket ${bucket}`);
  }
  if (status !== 403) return error;
  return new SelectionError(
    'InvalidSelection',
    `The selector may not list ${JSON.stringify(prefix)} in the bucket ${bucket}: ask its owner for the policy in docs/buckets.md, and see readPrefixes and readBuckets of the deployment`,
  );
}
