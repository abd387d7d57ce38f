/** The AWS identity of the user. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { awsConfig } from './aws';

export interface CallerIdentity {
  accountId: string;
  arn: string;
  /** `aws`, `aws-cn` … */
  partition: string;
}

/** Throws what the SDK throws; `credentialProblem` explains it. */
export async function callerIdentity(region: string): Promise<CallerIdentity> {
  // This is the first request: it notices a network that drops requests.
  const sts = new STSClient(awsConfig(region, { connectionTimeout: 10_000, requestTimeout: 30_000 }));
  try {
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { accountId: Account, arn: Arn, partition: Arn.split(':')[1] ?? 'aws' };
  } finally {
    sts.destroy();
  }
}
