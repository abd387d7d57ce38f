/** What one entry of a manifest refers to: an object in the bucket of the execution's objects, or nothing that can be processed. */
import { invalidManifest } from '../selection-error';

export interface Reference {
  key: string;
  bucket?: string;
  versionId?: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;
const URL = /^s3:\/\/([^/]*)\/(.*)$/is;

/** A key, or a URL `s3://bucket/key`. Nothing is decoded: a URL of S3 holds the key as it is. */
export function parseReference(text: string, where: string): Reference {
  if (!/^s3:\/\//i.test(text)) return { key: text };
  const [, bucket, key = ''] = URL.exec(text) ?? [];
  if (!bucket) throw invalidManifest(`${where} is ${quote(text)}: write s3://bucket/key`);
  const [, named, versionId] = /^(.*)\?versionId=([^&]*)$/s.exec(key) ?? [];
  return { bucket, key: named ?? key, versionId };
}

/** The key, if the reference is to an object of `bucket`. Throws a SelectionError. `where`: such as `Line 7`. */
export function checkedKey(
  { key, bucket, versionId }: Reference,
  objectsBucket: string,
  where: string,
): string {
  if (key === '') throw invalidManifest(`${where} names no key`);
  if (bucket !== undefined && bucket !== '' && bucket !== objectsBucket) {
    throw invalidManifest(
      `${where} names an object of the bucket ${quote(bucket)}, and this execution processes objects of ${objectsBucket}: list each bucket's objects in a manifest of their own, and name the bucket in the input`,
    );
  }
  if (versionId) {
    throw invalidManifest(
      `${where} names the version ${quote(versionId)} of ${quote(key)}: leave it out, since only current versions are processed`,
    );
  }
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) {
    throw invalidManifest(`${where} names a key of ${bytes} bytes: S3 allows ${MAX_KEY_BYTES}`);
  }
  if (/\p{Surrogate}/u.test(key)) throw invalidManifest(`${where} names a key that is not Unicode`);
  return key;
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
