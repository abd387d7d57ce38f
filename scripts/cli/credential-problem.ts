/** Remedies for AWS's errors of credentials, and for network errors. */

const LOG_IN =
  'Run `aws configure` or `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'];
const MISSING = ['CredentialsProviderError', 'TokenProviderError', 'ProviderError'];
const REFUSED = [
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'AuthFailure',
];
const UNREACHABLE = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH'];

/** The problem and its remedy, for an error of credentials or of the network; undefined for another error. */
export function credentialProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  const { code } = error as NodeJS.ErrnoException;
  if (MISSING.includes(name)) return `There are no AWS credentials (${message}). ${LOG_IN}`;
  if (EXPIRED.includes(name)) return `The AWS credentials have expired. Log in again. ${LOG_IN}`;
  if (REFUSED.includes(name)) return `AWS refuses the credentials (${name}: ${message}). ${LOG_IN}`;
  if (name === 'TimeoutError' || (code && UNREACHABLE.includes(code)))
    return `AWS cannot be reached (${message}): check the network and the region.`;
  return undefined;
}
