/** Shared by executions: their service, the role of their calls to other services, and their history. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { AwsCredentialIdentity } from '@aws-sdk/types';
import { clientConfig } from '../../../core/client-config';
import { Expressions } from '../language/expressions';
import { Activities } from './activities';
import type { StateMachine } from './execution';
import { ExecutionStore } from './store';

/** An event for EventBridge's default bus. */
export interface PublishedEvent {
  source: string;
  'detail-type': string;
  resources: string[];
  detail: Record<string, unknown>;
}

export interface StatesOptions {
  /** 12 digits. */
  account: string;
  region: string;
  /** `aws`, `aws-cn`, … */
  partition: string;
  /** Where the other services are; asked when the first call is made. */
  endpoint(): string;
  /** Credentials of a state machine's role; asked again when they expire. */
  credentialsFor(roleArn: string): Promise<AwsCredentialIdentity>;
  /** Takes "Step Functions Execution Status Change" events of executions, not of a map's children. */
  publish(event: PublishedEvent): void;
  /** Throws a ServiceError unless the role may do what its map does without a request. Default: everything. */
  allow?(roleArn: string, action: string, resource: string): void;
  /**
   * Finished executions that are kept with input, output and history; of a map's children as many again. Those that
   * did not succeed are kept the longest. Default 1000; fewer where their histories pass 64 Mi characters.
   */
  historyLimit?: number;
  /** Seconds after which GetActivityTask answers without a task. Default 60, as AWS. */
  activityPollSeconds?: number;
}

export type ResourceKind = 'stateMachine' | 'execution' | 'activity' | 'mapRun';

interface RoleClients {
  lambda: LambdaClient;
  s3: S3Client;
  sfn: SFNClient;
}

export class Engine {
  readonly activities: Activities;
  readonly executions: ExecutionStore;
  readonly expressions = new Expressions();
  readonly machines = new Map<string, StateMachine>();
  private readonly byRole = new Map<string, RoleClients>();
  private readonly working = new Set<Promise<unknown>>();

  constructor(readonly options: StatesOptions) {
    this.activities = new Activities(options.activityPollSeconds ?? 60);
    this.executions = new ExecutionStore(options.historyLimit ?? 1_000);
  }

  /** `arn:<partition>:states:<region>:<account>:<kind>:<name>[:<name>]`. */
  arn(kind: ResourceKind, ...names: string[]): string {
    const { partition, region, account } = this.options;
    return ['arn', partition, 'states', region, account, kind, ...names].join(':');
  }

  /** The AWS SDK clients with which a state machine acts, as its role. */
  clients(roleArn: string): RoleClients {
    const known = this.byRole.get(roleArn);
    if (known) return known;
    const { region, endpoint, credentialsFor } = this.options;
    const credentials = () => credentialsFor(roleArn);
    const common = clientConfig({ region, endpoint: endpoint(), credentials });
    const clients: RoleClients = {
      // A failed call is the workflow's to retry, so that its Retry sees every error.
      lambda: new LambdaClient({ ...common, maxAttempts: 1 }),
      sfn: new SFNClient({ ...common, maxAttempts: 1 }),
      s3: new S3Client({ ...common, forcePathStyle: true }),
    };
    this.byRole.set(roleArn, clients);
    return clients;
  }

  /** Keeps track of work that goes on after its request was answered, so that close() can wait for it. */
  track(work: Promise<unknown>): void {
    this.working.add(work);
    work.finally(() => this.working.delete(work));
  }

  /** Stops all executions, waits until what they began has ended, and leaves no timer, socket or process. */
  async close(): Promise<void> {
    for (const execution of this.executions.started.values()) execution.end('ABORTED', {});
    this.activities.close();
    while (this.working.size > 0) await Promise.allSettled(this.working);
    await this.expressions.close();
    for (const clients of this.byRole.values()) for (const client of Object.values(clients)) client.destroy();
  }
}
