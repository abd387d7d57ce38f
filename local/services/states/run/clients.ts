/** The AWS SDK clients with which state machines act, as their roles. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { AwsCredentialIdentity } from '@aws-sdk/types';
import { clientConfig } from '../../../core/client-config';

export interface ClientsOptions {
  region: string;
  /** Where the other services are. */
  endpoint: string;
  /** Credentials of a state machine's role; asked again when they expire. */
  credentialsFor(roleArn: string): Promise<AwsCredentialIdentity>;
}

interface RoleClients {
  lambda: LambdaClient;
  s3: S3Client;
  sfn: SFNClient;
}

export class Clients {
  private readonly byRole = new Map<string, RoleClients>();

  constructor(private readonly options: ClientsOptions) {}

  of(roleArn: string): RoleClients {
    const known = this.byRole.get(roleArn);
    if (known) return known;
    const { region, endpoint, credentialsFor } = this.options;
    const common = clientConfig({ region, endpoint, credentials: () => credentialsFor(roleArn) });
    const clients: RoleClients = {
      // A failed call is the workflow's to retry, so that its Retry sees every error.
      lambda: new LambdaClient({ ...common, maxAttempts: 1 }),
      sfn: new SFNClient({ ...common, maxAttempts: 1 }),
      s3: new S3Client({ ...common, forcePathStyle: true }),
    };
    this.byRole.set(roleArn, clients);
    return clients;
  }

  close(): void {
    for (const clients of this.byRole.values()) for (const client of Object.values(clients)) client.destroy();
  }
}
