/** Who calls AWS, and what to do when AWS does not know. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

export interface CallerIdentity {
  accountId: string;
  arn: string;
}

/** Throws what the SDK throws; `credentialProblem` explains it. */
export async function callerIdentity(region: string): Promise<CallerIdentity> {
  // Where the network swallows requests, this is the first to notice.
  const sts = new STSClient({
    region,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000 },
  });
  try {
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { accountId: Account, arn: Arn };
  } finally {
    sts.destroy();
  }
}

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

/** What a person does about an error that is one of credentials or of the way to AWS; undefined if it is neither. */
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
