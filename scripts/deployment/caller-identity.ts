/** The AWS identity of the user. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

export interface CallerIdentity {
  accountId: string;
  arn: string;
}

/** Throws what the SDK throws; `credentialProblem` explains it. */
export async function callerIdentity(region: string): Promise<CallerIdentity> {
  // This is the first request: it notices a network that drops requests.
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
