/**
 * The errors with which AWS refuses a request before its operation runs, or cannot serve it, by protocol. "Common errors" in
 * the API reference of each service; Lambda, TooManyRequestsException of Invoke; S3, "List of error codes".
 */
import { type Service, ServiceError } from '../service';
import type { SignatureProblem } from './signature';

export type Refusal = SignatureProblem | 'unsigned' | 'denied' | 'throttled' | 'internal' | 'unavailable';

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';
const NO_TOKEN = 'The security token included in the request is invalid.';
const OLD_TOKEN = 'The security token included in the request is expired';
const OLD_SIGNATURE =
  'Signature expired: the time of the request is more than 15 minutes from that of the server.';
const OUT_OF_ORDER = 'The request has failed due to a temporary failure of the server.';
const BROKEN = 'The request processing has failed because of an unknown error.';

type Words = Record<Refusal, [code: string, statusCode: number, message: string]>;

const JSON_WORDS: Words = {
  unsigned: ['MissingAuthenticationTokenException', 400, 'Missing Authentication Token'],
  'unknown-key': ['UnrecognizedClientException', 400, NO_TOKEN],
  'bad-token': ['UnrecognizedClientException', 400, NO_TOKEN],
  'bad-signature': ['InvalidSignatureException', 400, MISMATCH],
  'expired-token': ['ExpiredTokenException', 400, OLD_TOKEN],
  skew: ['InvalidSignatureException', 400, OLD_SIGNATURE],
  'request-expired': ['InvalidSignatureException', 400, OLD_SIGNATURE],
  denied: ['AccessDeniedException', 400, ''],
  throttled: ['ThrottlingException', 400, 'Rate exceeded'],
  internal: ['InternalFailure', 500, BROKEN],
  unavailable: ['ServiceUnavailable', 503, OUT_OF_ORDER],
};

const WORDS: Record<Service['protocol'], Words> = {
  json: JSON_WORDS,
  'rest-json': {
    ...(Object.fromEntries(
      Object.entries(JSON_WORDS).map(([refusal, [code, , message]]) => [refusal, [code, 403, message]]),
    ) as Words),
    throttled: ['TooManyRequestsException', 429, 'Rate Exceeded.'],
    internal: ['ServiceException', 500, 'The Lambda service encountered an internal error.'],
    unavailable: JSON_WORDS.unavailable,
  },
  query: {
    unsigned: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
    'unknown-key': ['InvalidClientTokenId', 403, NO_TOKEN],
    'bad-token': ['InvalidClientTokenId', 403, NO_TOKEN],
    'bad-signature': ['SignatureDoesNotMatch', 403, MISMATCH],
    'expired-token': ['ExpiredToken', 403, OLD_TOKEN],
    skew: ['SignatureDoesNotMatch', 403, OLD_SIGNATURE],
    'request-expired': ['SignatureDoesNotMatch', 403, OLD_SIGNATURE],
    denied: ['AccessDenied', 403, ''],
    throttled: ['Throttling', 400, 'Rate exceeded'],
    internal: JSON_WORDS.internal,
    unavailable: JSON_WORDS.unavailable,
  },
  stream: {
    unsigned: ['AccessDenied', 403, 'Access Denied'],
    'unknown-key': ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist.'],
    'bad-token': ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
    'bad-signature': ['SignatureDoesNotMatch', 403, MISMATCH],
    'expired-token': ['ExpiredToken', 400, 'The provided token has expired.'],
    skew: ['RequestTimeTooSkewed', 403, 'The times of the request and of the server are too far apart.'],
    'request-expired': ['AccessDenied', 403, 'Request has expired'],
    denied: ['AccessDenied', 403, ''],
    throttled: ['SlowDown', 503, 'Please reduce your request rate.'],
    internal: ['InternalError', 500, 'We encountered an internal error. Please try again.'],
    unavailable: JSON_WORDS.unavailable,
  },
};

/** `message` in the place of AWS's own. */
export function refuse(protocol: Service['protocol'], refusal: Refusal, message?: string): ServiceError {
  const [code, statusCode, text] = WORDS[protocol][refusal];
  return new ServiceError(code, message ?? text, statusCode);
}
