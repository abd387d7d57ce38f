import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { VerifyChunk } from '../../core/service';
import { notImplemented, s3Error } from './errors';
import type { BucketFolder } from './folder';
import { LONGEST_KEY } from './keys';
import { ACCEPTED_CLASSES, STORAGE_CLASS } from './storage-class';

/** The bucket and the key of a request or of a copy source. */
export interface ObjectLocation {
  bucket: string;
  /** Empty for an operation on a bucket. */
  key: string;
}

export interface S3Request extends ObjectLocation {
  /** Method, what it is on, and the query parameters that select an operation: `PUT object uploadId`. */
  selector: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Of a copy. */
  source?: ObjectLocation;
}

/** A request to a bucket that exists, and all that an operation needs to answer it. */
export interface Exchange extends S3Request {
  folder: BucketFolder;
  /** Throws NoSuchBucket. */
  folderOf(bucket: string): BucketFolder;
  message: IncomingMessage;
  /** There if the payload is signed in chunks. */
  verifyChunk?: VerifyChunk;
  response: ServerResponse;
  /** Asks the policies of the caller. `action`: without its prefix. */
  isAllowed(action: string, location: ObjectLocation): boolean;
}

/** Query parameters that modify an operation rather than select it. */
const MODIFIERS =
  /^(x-.*|response-.*|prefix|delimiter|start-after|continuation-token|fetch-owner|encoding-type|max-.*|partNumber|versionId|bucket-region)$/i;

const cut = (text: string, separator: string): [string, string] => {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
};

function decode(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    throw s3Error('InvalidURI', { URI: uri });
  }
}

/** Bucket and key of `x-amz-copy-source`: `[/]bucket/key`, percent-encoded, perhaps with a version. */
function copySource(header: string): ObjectLocation {
  const [uri, version] = cut(header, '?versionId=');
  if (version && version !== 'null') throw notImplemented('versions of objects (versionId)');
  const [bucket, key] = cut(decode(uri).replace(/^\//, ''), '/');
  if (bucket && key) return { bucket, key };
  throw s3Error('InvalidArgument', { ArgumentName: 'x-amz-copy-source', ArgumentValue: header });
}

/** @param buckets whose names may come first in the host, too. Throws InvalidURI and KeyTooLongError */
export function parseRequest(message: IncomingMessage, buckets: string[]): S3Request {
  const { method = '', url = '/', headers } = message;
  const [path, search] = cut(url.replace(/^\//, ''), '?');
  const hosted = buckets.find((name) => headers.host?.startsWith(`${name}.`));
  const [bucket, key] = hosted ? [hosted, decode(path)] : cut(decode(path), '/');
  const Size = Buffer.byteLength(key);
  if (Size > LONGEST_KEY) throw s3Error('KeyTooLongError', { Size, MaxSizeAllowed: LONGEST_KEY });
  const query = new URLSearchParams(search);
  const selectors = [...query.keys()].filter((name) => !MODIFIERS.test(name));
  const copied = headers['x-amz-copy-source'];
  const source = copied === undefined ? undefined : copySource(String(copied));
  const target = key ? 'object' : bucket ? 'bucket' : 'service';
  const selector = [method, target, ...selectors, ...(source ? ['copy'] : [])].join(' ');
  return { selector, bucket, key, query, headers, source };
}

/** Values of headers that ask for what objects here have. */
const ACCEPTED: Record<string, RegExp> = {
  'x-amz-acl': /^(private|bucket-owner-full-control)$/,
  [STORAGE_CLASS]: ACCEPTED_CLASSES,
  'x-amz-server-side-encryption': /^AES256$/,
};
const UNSUPPORTED =
  /if-(un)?modified-since$|^x-amz-(server-side-encryption-|object-lock|tagging$|grant-|write-offset)/;

/** Throws NotImplemented for what would otherwise silently not be done. */
export function rejectUnsupported({ headers, query }: S3Request): void {
  for (const [name, value] of Object.entries(headers)) {
    if (UNSUPPORTED.test(name) || ACCEPTED[name]?.test(String(value)) === false) {
      throw notImplemented(`the header ${name}: ${value}`);
    }
  }
  for (const [name, value] of query) {
    if (/^(response-|partNumber$|versionId$)/.test(name) && value !== 'null' && !query.has('uploadId')) {
      throw notImplemented(`the query parameter ${name}`);
    }
  }
}
