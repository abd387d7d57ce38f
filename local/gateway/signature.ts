/** Verifies AWS Signature Version 4, in the Authorization header or in a presigned query. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { getCanonicalHeaders, getSigningKey, SignatureV4Base } from '@smithy/signature-v4';
import type { Caller } from '../service';

/** Credentials that the gateway accepts, and whose they are. */
export interface Identity {
  caller: Caller;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

export interface Identities {
  find(accessKeyId: string): Identity | undefined;
}

/** What a request says about its own signature. */
export interface Claim {
  accessKeyId: string;
  /** Date, region, service and `aws4_request`, as the signature covers them. */
  scope: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  sessionToken?: string;
  /** `20261123T134500Z` */
  longDate: string;
  /** Seconds; presigned requests only. */
  expires?: number;
}

/** Why a request is refused; each protocol has its own code and words for it. */
export type SignatureProblem =
  | 'unknown-key'
  | 'bad-signature'
  | 'expired-token'
  | 'bad-token'
  | 'skew'
  | 'request-expired';

const ALLOWED_SKEW_MILLISECONDS = 15 * 60 * 1000;
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** The parameters of a raw query string, decoded; values of one name keep their order. */
export function parseQuery(url: string): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null);
  const start = url.indexOf('?');
  if (start < 0) return query;
  for (const pair of url.slice(start + 1).split('&')) {
    if (pair === '') continue;
    const [name = '', ...rest] = pair.split('=');
    const key = decode(name);
    query[key] = [...(query[key] ?? []), decode(rest.join('='))];
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Reads the claim; undefined where the request is not signed at all (or not by Signature Version 4). */
export function readClaim(request: IncomingMessage): Claim | undefined {
  const header = request.headers.authorization;
  if (header !== undefined) return readHeader(header, request);
  const query = parseQuery(request.url ?? '');
  const first = (name: string) => query[name]?.[0];
  if (first('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return undefined;
  return claim(first('X-Amz-Credential'), first('X-Amz-SignedHeaders'), first('X-Amz-Signature'), {
    longDate: first('X-Amz-Date'),
    sessionToken: first('X-Amz-Security-Token'),
    expires: Number(first('X-Amz-Expires')),
  });
}

/** Of S3's regions only the oldest still take it; the AWS CLI 1 presigns with it unless told `s3v4`. */
export function isSignatureVersion2(request: IncomingMessage): boolean {
  return (
    request.headers.authorization?.startsWith('AWS ') === true ||
    parseQuery(request.url ?? '').AWSAccessKeyId !== undefined
  );
}

function readHeader(header: string, request: IncomingMessage): Claim | undefined {
  if (!header.startsWith('AWS4-HMAC-SHA256 ')) return undefined;
  const field = (name: string) => new RegExp(`${name}=([^,\\s]+)`).exec(header)?.[1];
  const date = request.headers['x-amz-date'];
  const token = request.headers['x-amz-security-token'];
  return claim(field('Credential'), field('SignedHeaders'), field('Signature'), {
    longDate: typeof date === 'string' ? date : undefined,
    sessionToken: typeof token === 'string' ? token : undefined,
  });
}

function claim(
  credential: string | undefined,
  signedHeaders: string | undefined,
  signature: string | undefined,
  rest: { longDate?: string; sessionToken?: string; expires?: number },
): Claim | undefined {
  const [accessKeyId, date, region, service, terminator] = credential?.split('/') ?? [];
  if (!accessKeyId || !date || !region || !service || !terminator) return undefined;
  if (!signedHeaders || !signature || !rest.longDate) return undefined;
  return {
    ...rest,
    accessKeyId,
    scope: [date, region, service, terminator].join('/'),
    region,
    service,
    signedHeaders: signedHeaders.split(';'),
    signature,
    longDate: rest.longDate,
  };
}

/** The library's canonical forms, with the payload's hash as the client sent it: a streamed body is not read first. */
class Signer extends SignatureV4Base {
  constructor(service: string, region: string) {
    super({
      service,
      region,
      credentials: { accessKeyId: '', secretAccessKey: '' },
      sha256: Sha256,
      uriEscapePath: service !== 's3',
    });
  }

  async signature(request: IncomingMessage, claim: Claim, secretAccessKey: string, payloadHash: string) {
    const url = request.url ?? '/';
    const headers: Record<string, string> = {};
    for (const name of claim.signedHeaders) {
      const value = request.headers[name];
      headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '');
    }
    const message = {
      method: request.method ?? 'GET',
      protocol: 'http:',
      hostname: '',
      path: url.split('?', 1)[0] ?? '/',
      query: parseQuery(url),
      headers,
    };
    const signed = getCanonicalHeaders(message, undefined, new Set(claim.signedHeaders));
    const stringToSign = await this.createStringToSign(
      claim.longDate,
      claim.scope,
      this.createCanonicalRequest(message, signed, payloadHash),
      'AWS4-HMAC-SHA256',
    );
    const credentials = { accessKeyId: claim.accessKeyId, secretAccessKey };
    const shortDate = claim.scope.split('/', 1)[0] ?? '';
    const hash = new Sha256(await getSigningKey(Sha256, credentials, shortDate, claim.region, claim.service));
    hash.update(stringToSign);
    return Buffer.from(await hash.digest());
  }
}

/**
 * Undefined if the signature holds. `body` is the whole body where it was read before; a streaming service leaves it
 * out, and then the hash that the client signed stands for it.
 */
export async function verify(
  request: IncomingMessage,
  claim: Claim,
  identity: Identity | undefined,
  body?: Buffer,
): Promise<SignatureProblem | undefined> {
  if (!identity) return 'unknown-key';
  if (identity.sessionToken !== undefined && claim.sessionToken !== identity.sessionToken) return 'bad-token';
  const signedAt = Date.parse(
    claim.longDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  const age = Date.now() - signedAt;
  if (Number.isNaN(age) || -age > ALLOWED_SKEW_MILLISECONDS) return 'skew';
  if (claim.expires !== undefined) {
    if (!(age <= claim.expires * 1000)) return 'request-expired';
  } else if (age > ALLOWED_SKEW_MILLISECONDS) return 'skew';

  const sent = request.headers['x-amz-content-sha256'];
  const bodyHash = body && createHash('sha256').update(body).digest('hex');
  const streamed = claim.service === 's3' ? UNSIGNED_PAYLOAD : undefined;
  const payloadHash = (typeof sent === 'string' ? sent : undefined) ?? bodyHash ?? streamed ?? '';
  if (bodyHash !== undefined && payloadHash !== bodyHash && payloadHash !== UNSIGNED_PAYLOAD)
    return 'bad-signature';

  const signer = new Signer(claim.service, claim.region);
  const expected = await signer.signature(request, claim, identity.secretAccessKey, payloadHash);
  const given = Buffer.from(claim.signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'bad-signature';
  if (identity.expiration && identity.expiration.getTime() <= Date.now()) return 'expired-token';
  return undefined;
}
