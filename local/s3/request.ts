import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { notImplemented, s3Error } from './errors';
import { LONGEST_KEY } from './keys';

export interface S3Request {
  /** As in the API reference: `GetObject`. */
  operation: string;
  /** Empty for ListBuckets. */
  bucket: string;
  /** Empty for an operation on a bucket. */
  key: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
}

/** Method, what it is on, and the query parameters that select an operation rather than modify it. */
const OPERATIONS: Record<string, string> = {
  'GET service': 'ListBuckets',
  'GET bucket': 'ListObjects',
  'GET bucket list-type': 'ListObjectsV2',
  'GET bucket location': 'GetBucketLocation',
  'GET bucket uploads': 'ListMultipartUploads',
  'HEAD bucket': 'HeadBucket',
  'PUT bucket': 'CreateBucket',
  'POST bucket delete': 'DeleteObjects',
  'GET object': 'GetObject',
  'GET object uploadId': 'ListParts',
  'HEAD object': 'HeadObject',
  'PUT object': 'PutObject',
  'PUT object uploadId': 'UploadPart',
  'POST object uploads': 'CreateMultipartUpload',
  'POST object uploadId': 'CompleteMultipartUpload',
  'DELETE object': 'DeleteObject',
  'DELETE object uploadId': 'AbortMultipartUpload',
};

const MODIFIERS =
  /^(x-id|x-amz-.*|response-.*|prefix|delimiter|marker|key-marker|upload-id-marker|start-after|continuation-token|fetch-owner|encoding-type|max-(keys|uploads|parts|buckets)|part-number-marker|partNumber|versionId|bucket-region)$/i;

/** Name of the operation that a request asks for, also of those that are not implemented, so that errors can name it. */
function operationOf(method: string, target: string, query: URLSearchParams, isCopy: boolean): string {
  const selectors = [...query.keys()].filter((name) => !MODIFIERS.test(name));
  const operation = OPERATIONS[[method, target, ...selectors].join(' ')];
  if (operation && isCopy)
    return { PutObject: 'CopyObject', UploadPart: 'UploadPartCopy' }[operation] ?? operation;
  const names = [method.toLowerCase(), target, ...selectors].flatMap((name) => name.split(/[^A-Za-z]/));
  return operation ?? names.map((name) => name.charAt(0).toUpperCase() + name.slice(1)).join('');
}

/** Bucket of a virtual-hosted-style request: `bucket.s3.region.amazonaws.com`, `bucket.localhost`, `bucket.<any host>`. */
function bucketOfHost(host: string, buckets: string[]): string | undefined {
  const named = /^(.+)\.(?:s3[.-]|localhost(?::|$))/.exec(host)?.[1];
  return named && named !== 's3' ? named : buckets.find((bucket) => host.startsWith(`${bucket}.`));
}

/** Throws InvalidURI and KeyTooLongError. */
export function parseRequest(message: IncomingMessage, buckets: string[]): S3Request {
  const { method = '', url = '/', headers } = message;
  const [, rawPath = '', search = ''] = /^\/?([^?]*)\??(.*)$/s.exec(url) ?? [];
  let path: string;
  try {
    path = decodeURIComponent(rawPath);
  } catch {
    throw s3Error('InvalidURI', "Couldn't parse the specified URI.", { URI: rawPath });
  }
  const hosted = bucketOfHost(headers.host ?? '', buckets);
  const slash = path.indexOf('/');
  const bucket = hosted ?? (slash < 0 ? path : path.slice(0, slash));
  const key = hosted !== undefined ? path : slash < 0 ? '' : path.slice(slash + 1);
  const length = Buffer.byteLength(key);
  if (length > LONGEST_KEY) {
    throw s3Error('KeyTooLongError', 'Your key is too long', { Size: length, MaxSizeAllowed: LONGEST_KEY });
  }
  const query = new URLSearchParams(search);
  const target = key ? 'object' : bucket ? 'bucket' : 'service';
  const operation = operationOf(method, target, query, headers['x-amz-copy-source'] !== undefined);
  return { operation, bucket, key, query, headers };
}

/** Bucket and key of `x-amz-copy-source`: `[/]bucket/key`, percent-encoded, perhaps with a version. */
export function copySource(headers: IncomingHttpHeaders): { bucket: string; key: string } {
  const [source = '', version] = String(headers['x-amz-copy-source']).split('?versionId=');
  if (version !== undefined && version !== 'null') throw notImplemented('versions of objects (versionId)');
  let decoded = '';
  try {
    decoded = decodeURIComponent(source).replace(/^\//, '');
  } catch {
    // Said below.
  }
  const slash = decoded.indexOf('/');
  if (slash < 1 || slash === decoded.length - 1) {
    throw s3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
}

/** Values of headers that ask for what every object here has anyway. */
const ACCEPTED: Record<string, RegExp> = {
  'x-amz-acl': /^(private|bucket-owner-full-control)$/,
  'x-amz-storage-class': /^STANDARD$/,
  'x-amz-server-side-encryption': /^AES256$/,
};

/** Throws NotImplemented for what would otherwise silently not be done. */
export function refuseUnsupported({ headers, query }: S3Request): void {
  for (const [name, value] of Object.entries(headers)) {
    const accepted = ACCEPTED[name]?.test(String(value));
    if (
      accepted === false ||
      /^x-amz-(server-side-encryption-|object-lock|tagging$|grant-|write-offset)/.test(name)
    ) {
      throw notImplemented(`the header ${name}${accepted === false ? `: ${value}` : ''}`);
    }
  }
  if (!/^(null)?$/.test(query.get('versionId') ?? ''))
    throw notImplemented('versions of objects (versionId)');
}

/** A whole number from the query; throws InvalidArgument where it is none or out of range. */
export function integer(query: URLSearchParams, name: string, initial: number, minimum = 0): number {
  const text = query.get(name);
  if (text === null) return initial;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value >= minimum) return value;
  const members = { ArgumentName: name, ArgumentValue: text };
  throw s3Error('InvalidArgument', `Argument ${name} must be an integer of at least ${minimum}`, members);
}
