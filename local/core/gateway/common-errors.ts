/**
 * The errors that AWS has in common for all operations of a service: a request is refused before its operation runs, or cannot be
 * served. "Common errors" in the API reference of each service; Lambda, TooManyRequestsException of Invoke; S3, "List of error codes".
 */
import { type Service, ServiceError } from '../service';

export type CommonError =
  /** There is no signature. */
  | 'unsigned'
  /** There is one, in no form that Signature Version 4 has. */
  | 'malformed-header'
  | 'malformed-query'
  | 'two-signatures'
  | 'signature-version-2'
  /** The signature is for another region. */
  | 'wrong-region'
  | 'unknown-key'
  | 'bad-token'
  | 'expired-token'
  | 'bad-signature'
  /** The clocks of client and server are too far apart. */
  | 'skew'
  /** A presigned request is used too late. */
  | 'request-expired'
  /** The signature leaves out what it must cover. */
  | 'headers-not-signed'
  /** The hash of the body that the signature covers is missing, or none. */
  | 'hash-missing'
  | 'bad-hash'
  | 'denied'
  | 'too-large'
  | 'throttled'
  | 'internal'
  | 'unavailable';

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';
const NO_TOKEN = 'The security token included in the request is invalid.';
const OLD_TOKEN = 'The security token included in the request is expired';
const OLD_SIGNATURE =
  'Signature expired: the time of the request is more than 15 minutes from that of the server.';
const HEADER_NEEDS =
  "Authorization header requires 'Credential', 'Signature', 'SignedHeaders' and an 'X-Amz-Date' header.";
const QUERY_NEEDS =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders and X-Amz-Expires parameters, each once.';
const ONE_SIGNATURE =
  'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified';
const VERSION_2 =
  'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';
const WRONG_REGION = 'Credential should be scoped to a valid region.';
const NOT_SIGNED = 'There were headers present in the request which were not signed';
const NO_HASH = 'Missing required header for this request: x-amz-content-sha256';
const BAD_HASH =
  'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.';
const TOO_LARGE = 'The request is too large.';
const OUT_OF_ORDER = 'The request has failed due to a temporary failure of the server.';
const BROKEN = 'The request processing has failed because of an unknown error.';

type Words = Record<CommonError, [code: string, statusCode: number, message: string]>;

const JSON_WORDS: Words = {
  unsigned: ['MissingAuthenticationTokenException', 400, 'Missing Authentication Token'],
  'malformed-header': ['IncompleteSignatureException', 400, HEADER_NEEDS],
  'malformed-query': ['IncompleteSignatureException', 400, QUERY_NEEDS],
  'two-signatures': ['IncompleteSignatureException', 400, ONE_SIGNATURE],
  'signature-version-2': ['IncompleteSignatureException', 400, VERSION_2],
  'wrong-region': ['InvalidSignatureException', 400, WRONG_REGION],
  'unknown-key': ['UnrecognizedClientException', 400, NO_TOKEN],
  'bad-token': ['UnrecognizedClientException', 400, NO_TOKEN],
  'bad-signature': ['InvalidSignatureException', 400, MISMATCH],
  'expired-token': ['ExpiredTokenException', 400, OLD_TOKEN],
  skew: ['InvalidSignatureException', 400, OLD_SIGNATURE],
  'request-expired': ['InvalidSignatureException', 400, OLD_SIGNATURE],
  'headers-not-signed': ['InvalidSignatureException', 400, NOT_SIGNED],
  'hash-missing': ['InvalidSignatureException', 400, NO_HASH],
  'bad-hash': ['InvalidSignatureException', 400, MISMATCH],
  denied: ['AccessDeniedException', 400, ''],
  'too-large': ['RequestEntityTooLargeException', 413, TOO_LARGE],
  throttled: ['ThrottlingException', 400, 'Rate exceeded'],
  internal: ['InternalFailure', 500, BROKEN],
  unavailable: ['ServiceUnavailable', 503, OUT_OF_ORDER],
};

const WORDS: Record<Service['protocol'], Words> = {
  json: JSON_WORDS,
  'rest-json': {
    ...(Object.fromEntries(
      Object.entries(JSON_WORDS).map(([error, [code, , message]]) => [error, [code, 403, message]]),
    ) as Words),
    'too-large': JSON_WORDS['too-large'],
    throttled: ['TooManyRequestsException', 429, 'Rate Exceeded.'],
    internal: ['ServiceException', 500, 'The Lambda service encountered an internal error.'],
    unavailable: JSON_WORDS.unavailable,
  },
  query: {
    unsigned: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
    'malformed-header': ['IncompleteSignature', 400, HEADER_NEEDS],
    'malformed-query': ['IncompleteSignature', 400, QUERY_NEEDS],
    'two-signatures': ['IncompleteSignature', 400, ONE_SIGNATURE],
    'signature-version-2': ['IncompleteSignature', 400, VERSION_2],
    'wrong-region': ['SignatureDoesNotMatch', 403, WRONG_REGION],
    'unknown-key': ['InvalidClientTokenId', 403, NO_TOKEN],
    'bad-token': ['InvalidClientTokenId', 403, NO_TOKEN],
    'bad-signature': ['SignatureDoesNotMatch', 403, MISMATCH],
    'expired-token': ['ExpiredToken', 403, OLD_TOKEN],
    skew: ['SignatureDoesNotMatch', 403, OLD_SIGNATURE],
    'request-expired': ['SignatureDoesNotMatch', 403, OLD_SIGNATURE],
    'headers-not-signed': ['SignatureDoesNotMatch', 403, NOT_SIGNED],
    'hash-missing': ['SignatureDoesNotMatch', 403, NO_HASH],
    'bad-hash': ['SignatureDoesNotMatch', 403, MISMATCH],
    denied: ['AccessDenied', 403, ''],
    'too-large': ['RequestEntityTooLarge', 413, TOO_LARGE],
    throttled: ['Throttling', 400, 'Rate exceeded'],
    internal: JSON_WORDS.internal,
    unavailable: JSON_WORDS.unavailable,
  },
  stream: {
    unsigned: ['AccessDenied', 403, 'Access Denied'],
    'malformed-header': ['AuthorizationHeaderMalformed', 400, HEADER_NEEDS],
    'malformed-query': ['AuthorizationQueryParametersError', 400, QUERY_NEEDS],
    'two-signatures': ['InvalidArgument', 400, ONE_SIGNATURE],
    'signature-version-2': ['InvalidRequest', 400, VERSION_2],
    'wrong-region': ['AuthorizationHeaderMalformed', 400, WRONG_REGION],
    'unknown-key': ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist.'],
    'bad-token': ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
    'bad-signature': ['SignatureDoesNotMatch', 403, MISMATCH],
    'expired-token': ['ExpiredToken', 400, 'The provided token has expired.'],
    skew: ['RequestTimeTooSkewed', 403, 'The times of the request and of the server are too far apart.'],
    'request-expired': ['AccessDenied', 403, 'Request has expired'],
    'headers-not-signed': ['AccessDenied', 403, NOT_SIGNED],
    'hash-missing': ['InvalidRequest', 400, NO_HASH],
    'bad-hash': ['InvalidArgument', 400, BAD_HASH],
    denied: ['AccessDenied', 403, ''],
    'too-large': ['EntityTooLarge', 400, TOO_LARGE],
    throttled: ['SlowDown', 503, 'Please reduce your request rate.'],
    internal: ['InternalError', 500, 'We encountered an internal error. Please try again.'],
    unavailable: JSON_WORDS.unavailable,
  },
};

/** @param message in place of AWS's own. @param members further members of the error's document */
export function commonError(
  protocol: Service['protocol'],
  error: CommonError,
  message?: string,
  members?: Record<string, unknown>,
): ServiceError {
  const [code, statusCode, text] = WORDS[protocol][error];
  return new ServiceError(code, message ?? text, statusCode, members);
}
