/** Reads the signature of a request: AWS Signature Version 4, in the Authorization header or in a presigned query. */
import type { IncomingMessage } from 'node:http';
import type { CommonError } from '../common-errors';
import { queryOf, type RequestSignature, timesOf } from './request-signature';
import { readVersion2 } from './version-2';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
const MAX_EXPIRY_SECONDS = 7 * 24 * 3600;

/** Undefined if the request is not signed; the error if its signature has not the form that it must have. */
export function readSignature(request: IncomingMessage): RequestSignature | CommonError | undefined {
  const { url, headers } = request;
  const { authorization } = headers;
  const query = queryOf(url);
  const isPresigned = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature'].some((name) =>
    query.has(name),
  );
  if (authorization?.startsWith('AWS ')) return 'signature-version-2';
  if (query.has('AWSAccessKeyId')) return readVersion2(request) ?? 'signature-version-2';
  if (authorization === undefined) return isPresigned ? readPresigned(query) : undefined;
  if (isPresigned || timesOf('authorization', request) !== 1) return 'two-signatures';
  return readHeader(authorization, headers) ?? 'malformed-header';
}

/** What a signature says of the key that made it, and of what it covers. */
type SignatureParameters = Pick<RequestSignature, 'accessKeyId' | 'region' | 'service' | 'signedHeaders'> & {
  day: string;
};

/** As clients write the header. All but the signature itself is the same in the requests that a client makes in a day. */
const USUAL = /^(.+ Signature=)([\da-f]{64})$/;
const MAX_KNOWN = 1_000;
/** By the text before the signature. */
const knownParameters = new Map<string, SignatureParameters>();

/** `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, each once, in any order. */
function readHeader(
  authorization: string,
  headers: IncomingMessage['headers'],
): RequestSignature | undefined {
  const date = headers['x-amz-date']?.toString();
  const sessionToken = headers['x-amz-security-token']?.toString();
  const [, start = '', signature = ''] = USUAL.exec(authorization) ?? [];
  const known = knownParameters.get(start);
  if (known) return dated(known, signature, date, sessionToken);
  const [, algorithm, list = ''] = /^(\S+) (.*)$/.exec(authorization) ?? [];
  const fields = list.split(',').map((field) => /^ *(\w+)=(\S+) *$/.exec(field)?.slice(1) ?? []);
  const { Credential, SignedHeaders, Signature, ...others } = Object.fromEntries(fields);
  if (algorithm !== ALGORITHM || fields.length !== 3 || Object.keys(others).length > 0) return undefined;
  const parameters = readParameters(Credential, SignedHeaders);
  if (parameters && start !== '') {
    if (knownParameters.size >= MAX_KNOWN) knownParameters.clear();
    knownParameters.set(start, parameters);
  }
  return parameters && dated(parameters, Signature, date, sessionToken);
}

function readPresigned(query: URLSearchParams): RequestSignature | CommonError {
  const names = [
    'Algorithm',
    'Credential',
    'SignedHeaders',
    'Signature',
    'Date',
    'Expires',
    'Security-Token',
  ];
  if (names.some((name) => query.getAll(`X-Amz-${name}`).length > 1)) return 'malformed-query';
  const [algorithm, Credential, SignedHeaders, Signature, date, expires, sessionToken] = names.map(
    (name) => query.get(`X-Amz-${name}`) ?? undefined,
  );
  const parameters = readParameters(Credential, SignedHeaders);
  const signature = parameters && dated(parameters, Signature, date, sessionToken);
  const seconds = /^\d{1,6}$/.test(expires ?? '') ? Number(expires) : Number.NaN;
  const isValid = algorithm === ALGORITHM && seconds <= MAX_EXPIRY_SECONDS;
  return signature && isValid ? { ...signature, expires: seconds } : 'malformed-query';
}

function readParameters(Credential = '', SignedHeaders = ''): SignatureParameters | undefined {
  const scope = /^([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(Credential);
  const [, accessKeyId = '', day = '', region = '', service = ''] = scope ?? [];
  if (!scope || !SignedHeaders) return undefined;
  return { accessKeyId, day, region, service, signedHeaders: [...new Set(SignedHeaders.split(';'))].sort() };
}

function dated(
  { accessKeyId, day, region, service, signedHeaders }: SignatureParameters,
  signature: string | undefined,
  date = '',
  sessionToken?: string,
): RequestSignature | undefined {
  const signedAt = timeOf(date);
  if (Number.isNaN(signedAt.getTime()) || !signature || !date.startsWith(day)) return undefined;
  return {
    version: 4,
    accessKeyId,
    region,
    service,
    signature,
    signedHeaders,
    sessionToken,
    signedAt,
    date,
  };
}

/** Many requests are signed in the same second. */
let latest = { date: '', time: new Date(Number.NaN) };

/** An invalid Date if it has not the form that it must have. */
function timeOf(date: string): Date {
  if (date === latest.date) return latest.time;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  latest = { date, time };
  return time;
}
