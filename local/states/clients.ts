/** The AWS SDK clients with which a state machine acts, as its role. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { AwsCredentialIdentity } from '@aws-sdk/types';

export interface RoleClients {
  lambda: LambdaClient;
  s3: S3Client;
  sfn: SFNClient;
}

export class Clients {
  private readonly byRole = new Map<string, RoleClients>();

  constructor(
    private readonly region: string,
    private readonly endpoint: () => string,
    private readonly credentialsFor: (roleArn: string) => Promise<AwsCredentialIdentity>,
  ) {}

  for(roleArn: string): RoleClients {
    const known = this.byRole.get(roleArn);
    if (known) return known;
    const configuration = {
      region: this.region,
      endpoint: this.endpoint(),
      credentials: () => this.credentialsFor(roleArn),
    };
    const clients: RoleClients = {
      // A failed call is the workflow's to retry, so that its Retry sees every error.
      lambda: new LambdaClient({ ...configuration, maxAttempts: 1 }),
      sfn: new SFNClient({ ...configuration, maxAttempts: 1 }),
      s3: new S3Client({ ...configuration, forcePathStyle: true }),
    };
    this.byRole.set(roleArn, clients);
    return clients;
  }

  close(): void {
    for (const { lambda, s3, sfn } of this.byRole.values()) {
      lambda.destroy();
      s3.destroy();
      sfn.destroy();
    }
    this.byRole.clear();
  }
}
