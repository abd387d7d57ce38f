/** What the wire protocols of the services with operations have in common. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServiceError } from '../service';
import type { SignatureProblem } from './signature';

export interface Protocol {
  /** Name of the operation and its input; throws a ServiceError on a request that is not in this protocol. */
  parse(request: IncomingMessage, body: Buffer): { action: string; input: unknown };
  render(action: string, output: unknown, request: IncomingMessage, response: ServerResponse): void;
  renderError(error: ServiceError, request: IncomingMessage, response: ServerResponse): void;
  /** Code and HTTP status of each refusal. */
  refusals: Record<
    SignatureProblem | 'unsigned' | 'denied',
    [code: string, statusCode: number, message: string]
  >;
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const INVALID_TOKEN = 'The security token included in the request is invalid.';
const EXPIRED_TOKEN = 'The security token included in the request is expired';
const EXPIRED_SIGNATURE =
  'Signature expired: the time of the request is more than 15 minutes from that of the server.';

/** AWS's codes for JSON services; REST services answer the same ones with 403. */
export function jsonRefusals(statusCode: number): Protocol['refusals'] {
  return {
    unsigned: ['MissingAuthenticationTokenException', statusCode, 'Missing Authentication Token'],
    'unknown-key': ['UnrecognizedClientException', statusCode, INVALID_TOKEN],
    'bad-token': ['UnrecognizedClientException', statusCode, INVALID_TOKEN],
    'bad-signature': ['InvalidSignatureException', statusCode, MISMATCH],
    'expired-token': ['ExpiredTokenException', statusCode, EXPIRED_TOKEN],
    skew: ['InvalidSignatureException', statusCode, EXPIRED_SIGNATURE],
    'request-expired': ['InvalidSignatureException', statusCode, EXPIRED_SIGNATURE],
    denied: ['AccessDeniedException', statusCode, ''],
  };
}

export const QUERY_REFUSALS: Protocol['refusals'] = {
  unsigned: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
  'unknown-key': ['InvalidClientTokenId', 403, INVALID_TOKEN],
  'bad-token': ['InvalidClientTokenId', 403, INVALID_TOKEN],
  'bad-signature': ['SignatureDoesNotMatch', 403, MISMATCH],
  'expired-token': ['ExpiredToken', 403, EXPIRED_TOKEN],
  skew: ['SignatureDoesNotMatch', 403, EXPIRED_SIGNATURE],
  'request-expired': ['SignatureDoesNotMatch', 403, EXPIRED_SIGNATURE],
  denied: ['AccessDenied', 403, ''],
};

const S3_MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.';

export const S3_REFUSALS: Protocol['refusals'] = {
  unsigned: ['AccessDenied', 403, 'Access Denied'],
  'unknown-key': [
    'InvalidAccessKeyId',
    403,
    'The AWS Access Key Id you provided does not exist in our records.',
  ],
  'bad-token': ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
  'bad-signature': ['SignatureDoesNotMatch', 403, S3_MISMATCH],
  'expired-token': ['ExpiredToken', 400, 'The provided token has expired.'],
  skew: [
    'RequestTimeTooSkewed',
    403,
    'The difference between the request time and the current time is too large.',
  ],
  'request-expired': ['AccessDenied', 403, 'Request has expired'],
  denied: ['AccessDenied', 403, ''],
};
