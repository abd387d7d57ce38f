import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { VerifyChunk } from '../../core/service';
import type { BucketOptions } from './bucket-options';
import type { BucketFolder } from './folder/folder';
import { MAX_KEY_BYTES } from './folder/keys';
import { operationOf, type Target } from './protocol/api';
import { s3Error } from './protocol/errors';

/** The bucket and the key of a request or of a copy source. */
export interface ObjectLocation {
  bucket: string;
  /** Empty for an operation on a bucket. */
  key: string;
  /** As the request gives it. */
  versionId?: string;
}

export interface S3Request extends ObjectLocation {
  /** Name of the operation, as in the API reference. */
  operation: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The source of a copy. */
  source?: ObjectLocation;
}

/** A request to a bucket that exists, and all that an operation needs to answer it. */
export interface Exchange extends S3Request {
  folder: BucketFolder;
  /** Throws NoSuchBucket. */
  folderOf(bucket: string): BucketFolder;
  bucketOptions: BucketOptions;
  /** Where the bucket is. */
  region: string;
  message: IncomingMessage;
  /** There if the payload is signed in chunks. */
  verifyChunk?: VerifyChunk;
  response: ServerResponse;
  /** Asks the policies of the caller. `action`: without its prefix. */
  isAllowed(action: string, location: ObjectLocation): boolean;
}

const cut = (text: string, separator: string): [string, string | undefined] => {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + separator.length)];
};

function decode(uri: string): string {
  if (!uri.includes('%')) return uri;
  try {
    return decodeURIComponent(uri);
  } catch {
    throw s3Error('InvalidURI', { URI: uri });
  }
}

/** Bucket and key of `x-amz-copy-source`: `[/]bucket/key`, percent-encoded, perhaps with a version. */
function copySource(header: string): ObjectLocation {
  const [uri, versionId] = cut(header, '?versionId=');
  const [bucket, key] = cut(decode(uri).replace(/^\//, ''), '/');
  if (bucket && key) return { bucket, key, versionId };
  throw s3Error('InvalidArgument', { ArgumentName: 'x-amz-copy-source', ArgumentValue: header });
}

/** The bucket and the key that a request names. @param buckets whose names may come first in the host, too. Throws InvalidURI */
export function locationOf({ url = '/', headers }: IncomingMessage, buckets: string[]): ObjectLocation {
  const [path] = cut(url.replace(/^\//, ''), '?');
  const hosted = buckets.find((name) => headers.host?.startsWith(`${name}.`));
  const [bucket, key = ''] = hosted ? [hosted, decode(path)] : cut(decode(path), '/');
  return { bucket, key };
}

/** @param buckets as of `locationOf`. Throws InvalidURI, KeyTooLongError and what `operationOf` does */
export function parseRequest(message: IncomingMessage, buckets: string[]): S3Request {
  const { url = '/', headers } = message;
  const { bucket, key } = locationOf(message, buckets);
  const Size = Buffer.byteLength(key);
  if (Size > MAX_KEY_BYTES) throw s3Error('KeyTooLongError', { Size, MaxSizeAllowed: MAX_KEY_BYTES });
  const query = new URLSearchParams(cut(url, '?')[1]);
  const copied = headers['x-amz-copy-source'];
  const source = copied === undefined ? undefined : copySource(String(copied));
  const target: Target = key ? 'object' : bucket ? 'bucket' : 'service';
  const operation = operationOf(message, target, query, source !== undefined);
  const versionId = key ? (query.get('versionId') ?? undefined) : undefined;
  return { operation, bucket, key, versionId, query, headers, source };
}
