/**
 * Presigned URLs of S3 in signature version 2: the AWS CLI 1 and boto3 make them by default in S3's oldest regions, where S3 takes them.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { headersInQuery } from './presigned';
import { queryOf, type RequestSignature } from './request-signature';

/** https://docs.aws.amazon.com/general/latest/gr/s3.html, "Signature versions supported": 2 and 4. */
export const VERSION_2_REGIONS = [
  'ap-northeast-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-west-1',
  'sa-east-1',
  'us-east-1',
  'us-west-1',
  'us-west-2',
];

/** Query parameters that are part of what is signed. */
const SIGNED =
  /^(accelerate|acl|analytics|cors|defaultObjectAcl|delete|inventory|lifecycle|location|logging|metrics|notification|object-lock|partNumber|policy|replication|requestPayment|response-[\w-]+|restore|select|select-type|storageClass|tagging|torrent|uploadId|uploads|versionId|versioning|versions|website)$/;

/** Undefined if a parameter is missing, is there twice, or is not of its form. */
export function readVersion2({ url, headers }: IncomingMessage): RequestSignature | undefined {
  const query = queryOf(url);
  const [[accessKeyId, ...keys], [signature, ...signatures], [expires = '', ...others]] = [
    query.getAll('AWSAccessKeyId'),
    query.getAll('Signature'),
    query.getAll('Expires'),
  ] as [string[], string[], string[]];
  const isOnce = keys.length + signatures.length + others.length === 0;
  if (!accessKeyId || !signature || !isOnce || !/^\d{1,12}$/.test(expires)) return undefined;
  const signedAt = new Date();
  return {
    version: 2,
    accessKeyId,
    signature,
    service: 's3',
    region: '',
    // All that a version 4 has to name.
    signedHeaders: ['host', ...Object.keys(headers)],
    sessionToken: query.get('x-amz-security-token') ?? undefined,
    signedAt,
    expires: Number(expires) - signedAt.getTime() / 1000,
  };
}

/** The signature in base64. */
export function signVersion2(request: IncomingMessage, secretAccessKey: string): string {
  const { method = '', url = '/' } = request;
  const query = queryOf(url);
  const headers: Record<string, unknown> = { ...headersInQuery(url), ...request.headers };
  const token = query.get('x-amz-security-token');
  if (token !== null) headers['x-amz-security-token'] = token;
  const custom = Object.keys(headers)
    .filter((name) => name.startsWith('x-amz-'))
    .sort()
    .map((name) => `${name}:${String(headers[name]).trim()}`);
  const parameters = [...query]
    .filter(([name]) => SIGNED.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const [, bucket] = /^(.+)\.localhost:/.exec(String(request.headers.host)) ?? [];
  const resource = `${bucket ? `/${bucket}` : ''}${url.split('?', 1)[0]}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
  const standard = ['content-md5', 'content-type'].map((name) => headers[name] ?? '');
  const text = [method, ...standard, query.get('Expires'), ...custom, resource].join('\n');
  return createHmac('sha1', secretAccessKey).update(text).digest('base64');
}
