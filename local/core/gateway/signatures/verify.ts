/** Verifies who has signed a request, and what. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Caller, Service, VerifyChunk } from '../../service';
import { type CommonError, commonError } from '../common-errors';
import type { RequestSignature } from './request-signature';
import { signVersion2, VERSION_2_REGIONS } from './version-2';
import { lineSigner, signVersion4 } from './version-4';

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

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html */
const PAYLOAD_HASH =
  /^(?:[\da-f]{64}|UNSIGNED-PAYLOAD|STREAMING-UNSIGNED-PAYLOAD-TRAILER|STREAMING-AWS4-HMAC-SHA256-PAYLOAD(?:-TRAILER)?)$/;
/** The hash of nothing. */
const NOTHING = hash('sha256', '');
const ALLOWED_SKEW_MILLISECONDS = 15 * 60 * 1000;

/** A request with its signature, and the identities and region to verify them against. */
export interface Verification {
  request: IncomingMessage;
  signature: RequestSignature;
  protocol: Service['protocol'];
  identities: Identities;
  /** The region where the service is; undefined if it is not known. */
  region?: string;
}

/** Whose signature it claims to be, by all that needs neither the request's body nor much time. Throws a ServiceError. */
export function identify(verification: Verification): Identity {
  const { request, signature, protocol, identities, region } = verification;
  const { signedAt, expires, signedHeaders, sessionToken } = signature;
  const failure = (error: CommonError) => commonError(protocol, error);
  if (signature.version === 2) {
    if (!VERSION_2_REGIONS.includes(region ?? '')) throw failure('signature-version-2');
  } else if (region !== undefined && signature.region !== region) {
    throw wrongRegion(protocol, signature, region);
  }
  const identity = identities.find(signature.accessKeyId);
  if (!identity) throw failure('unknown-key');
  if (identity.sessionToken !== undefined && sessionToken !== identity.sessionToken)
    throw failure('bad-token');
  const age = Date.now() - signedAt.getTime();
  if (age < -ALLOWED_SKEW_MILLISECONDS) throw failure('skew');
  if (expires === undefined && age > ALLOWED_SKEW_MILLISECONDS) throw failure('skew');
  if (expires !== undefined && age > expires * 1000) throw failure('request-expired');
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html: "host", and all "x-amz-".
  const mustBeSigned = (name: string) => name === 'host' || name.startsWith('x-amz-');
  const missing = Object.keys(request.headers).filter(
    (name) => mustBeSigned(name) && !signedHeaders.includes(name),
  );
  if (missing.length > 0) {
    const HeadersNotSigned = missing.join(', ');
    if (protocol === 'stream')
      throw commonError(protocol, 'headers-not-signed', undefined, { HeadersNotSigned });
    const message = `'${HeadersNotSigned}' must be a 'SignedHeader' in the AWS Authorization.`;
    throw commonError(protocol, 'headers-not-signed', message);
  }
  if (protocol === 'stream') checkDeclaredHash(verification);
  return identity;
}

/** S3 does not read a body first, so it wants its hash, or to be told that it is signed otherwise or not at all. */
function checkDeclaredHash({ request, signature, protocol }: Verification): void {
  const hash = request.headers['x-amz-content-sha256']?.toString();
  if (hash === undefined && signature.expires === undefined) throw commonError(protocol, 'hash-missing');
  if (hash !== undefined && !PAYLOAD_HASH.test(hash)) throw commonError(protocol, 'bad-hash');
}

function wrongRegion(
  protocol: Service['protocol'],
  { region: given, expires }: RequestSignature,
  region: string,
) {
  if (protocol !== 'stream') {
    const message = `Credential should be scoped to a valid region, not '${given}'.`;
    return commonError(protocol, 'wrong-region', message);
  }
  const wrong = `the region '${given}' is wrong; expecting '${region}'`;
  return expires === undefined
    ? commonError(protocol, 'wrong-region', `The authorization header is malformed; ${wrong}`, {
        Region: region,
      })
    : commonError(protocol, 'malformed-query', `Error parsing the X-Amz-Credential parameter; ${wrong}`, {
        Region: region,
      });
}

/**
 * Throws a ServiceError unless the signature holds. A hash of the body that the request declares, in a signed header, stands for
 * the body; without one, `body` is hashed, and a body that does not exist is one that is not signed.
 */
export function verifySignature(
  { request, signature, protocol }: Verification,
  { secretAccessKey, expiration }: Identity,
  body?: Buffer,
): void {
  const expected =
    signature.version === 2
      ? signVersion2(request, secretAccessKey)
      : signVersion4(request, signature, secretAccessKey, body);
  if (!isEqual(signature.signature, expected)) throw commonError(protocol, 'bad-signature');
  if (expiration && expiration.getTime() <= Date.now()) throw commonError(protocol, 'expired-token');
}

/** Throws a ServiceError unless the hash that the request declares is that of its body. */
export function verifyBody({ request, protocol }: Verification, body: Buffer): void {
  if (request.headers['x-amz-content-sha256'] !== hash('sha256', body))
    throw commonError(protocol, 'bad-signature');
}

/**
 * Each signature of a body in chunks covers the one before, the first that of the request.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function chunkVerifier(
  { signature, protocol }: Verification,
  { secretAccessKey }: Identity,
): VerifyChunk {
  const sign = lineSigner(signature, secretAccessKey);
  let previous = signature.signature;
  return (part, sha256, given) => {
    const hashes = part === 'chunk' ? [NOTHING, sha256] : [sha256];
    previous = sign(part === 'chunk' ? '-PAYLOAD' : '-TRAILER', previous, ...hashes);
    if (!isEqual(given, previous)) throw commonError(protocol, 'bad-signature');
  };
}

function isEqual(given = '', expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
