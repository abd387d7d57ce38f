/** Verifies AWS Signature Version 4, in the Authorization header or in a presigned query: the SDK's signer signs again. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
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
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  sessionToken?: string;
  signedAt: Date;
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
/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
const LONGEST_EXPIRY_SECONDS = 7 * 24 * 3600;

/** Reads the claim; undefined where the request is not signed at all (or not by Signature Version 4). */
export function readClaim({ url, headers }: IncomingMessage): Claim | undefined {
  const { authorization } = headers;
  const query = readQuery(url);
  const read = (name: string): string | undefined => {
    if (authorization === undefined) return query[`X-Amz-${name}`]?.toString();
    const [, field] = new RegExp(`${name}=([^,\\s]+)`).exec(authorization) ?? [];
    return field ?? headers[`x-amz-${name.toLowerCase()}`]?.toString();
  };
  const algorithm = authorization?.split(' ', 1)[0] ?? read('Algorithm');
  const [accessKeyId, , region, service, terminator] = read('Credential')?.split('/') ?? [];
  const [signature, signedHeaders] = [read('Signature'), read('SignedHeaders')];
  if (algorithm !== 'AWS4-HMAC-SHA256' || !accessKeyId || !region || !service || !terminator)
    return undefined;
  if (!signature || !signedHeaders) return undefined;
  return {
    accessKeyId,
    region,
    service,
    signature,
    signedHeaders: signedHeaders.split(';'),
    sessionToken: read('Security-Token'),
    signedAt: new Date(
      (read('Date') ?? '').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
    ),
    expires: authorization === undefined ? Number(read('Expires')) : undefined,
  };
}

/** Of S3's regions only the oldest still take it; the AWS CLI 1 presigns with it unless told `s3v4`. */
export function isSignatureVersion2({ url, headers }: IncomingMessage): boolean {
  return headers.authorization?.startsWith('AWS ') === true || 'AWSAccessKeyId' in readQuery(url);
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
  const { signedAt, expires } = claim;
  const age = Date.now() - signedAt.getTime();
  if (!(age >= -ALLOWED_SKEW_MILLISECONDS)) return 'skew';
  if (expires === undefined && age > ALLOWED_SKEW_MILLISECONDS) return 'skew';
  if (expires !== undefined && !(expires <= LONGEST_EXPIRY_SECONDS && age <= expires * 1000))
    return 'request-expired';
  const sent = request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  if (body && sent !== 'UNSIGNED-PAYLOAD' && sent !== createHash('sha256').update(body).digest('hex'))
    return 'bad-signature';
  const expected = Buffer.from(await sign(request, claim, identity, body));
  const given = Buffer.from(claim.signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'bad-signature';
  if (identity.expiration && identity.expiration.getTime() <= Date.now()) return 'expired-token';
  return undefined;
}

/** The signature in hexadecimal, of all that the client says to have signed. */
async function sign(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  { accessKeyId, service, region, signedHeaders, signedAt: signingDate, expires: expiresIn }: Claim,
  { secretAccessKey, sessionToken }: Identity,
  body?: Buffer,
): Promise<string> {
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: false,
  });
  const signable = new Set(signedHeaders);
  const message = {
    method,
    protocol: 'http:',
    hostname: '',
    path: url.split('?', 1)[0] ?? '/',
    query: readQuery(url),
    headers: Object.fromEntries(signedHeaders.map((name) => [name, String(headers[name] ?? '')])),
    // A body that is not read first is unsigned, unless a signed header has its hash.
    body: body ?? {},
  };
  if (expiresIn === undefined) {
    const signed = await signer.sign(message, { signingDate, signableHeaders: signable });
    return /Signature=(\w+)$/.exec(signed.headers.authorization ?? '')?.[1] ?? '';
  }
  const options = { signingDate, expiresIn, signableHeaders: signable, unhoistableHeaders: signable };
  return String((await signer.presign(message, options)).query?.['X-Amz-Signature']);
}

/** As a signature covers it: a plus sign is itself, not a space. */
function readQuery(url = ''): Record<string, string | string[]> {
  const search = /\?(.*)/s.exec(url)?.[1] ?? '';
  return parse(search.replaceAll('+', '%2B'), '&', '=', { maxKeys: 0 }) as Record<string, string | string[]>;
}
