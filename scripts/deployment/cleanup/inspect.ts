/** Finds the parts of a deployment, also of an interrupted one. */
import { S3Client } from '@aws-sdk/client-s3';
import { BatchProcessor } from '../../../client';
import type { Config } from '../../../stacks/settings/complete-config';
import { ownBucketName } from '../../../stacks/storage/bucket-name';
import { UsageError } from '../../cli/usage-error';
import { awsConfig } from '../account/aws';
import { callerIdentity } from '../account/caller-identity';
import { hasObjects } from '../bucket';
import { accountAndRegionOf, readState, type State } from '../terraform/state';
import { terraformProblem } from '../terraform/terraform';

/** Parts that an interrupted deployment did not create are undefined. */
export interface Deployed {
  config: Config;
  s3: S3Client;
  state: State;
  executions: RunningExecution[];
  groupName?: string;
  /** The bucket that the stack made. */
  ownBucket?: string;
  ownBucketHasObjects: boolean;
}

type Running = ReturnType<BatchProcessor['running']>;
type RunningExecution = Running extends AsyncGenerator<infer Execution> ? Execution : never;

/**
 * Undefined if nothing is deployed. Throws a UsageError if Terraform is missing, or the credentials are another account's.
 */
export async function inspect(configured: Config): Promise<Deployed | undefined> {
  const state = await readState(configured);
  if (!state) return undefined;
  // The deployment's own region counts, not the one in the configuration.
  const deployed = accountAndRegionOf(state);
  const config = { ...configured, region: deployed.region ?? configured.region };
  const problem = await terraformProblem(config);
  if (problem) throw new UsageError(problem);
  const { accountId } = await callerIdentity(config.region);
  if (deployed.accountId && deployed.accountId !== accountId) {
    throw new UsageError(
      `The deployment ${config.namePrefix} is in account ${deployed.accountId}, these credentials are of ${accountId}: use credentials of ${deployed.accountId}.`,
    );
  }
  const ownBucket = attributeOf(state, 'aws_s3_bucket', 'bucket');
  const s3 = new S3Client(awsConfig(config.region));
  return {
    config,
    s3,
    state,
    executions: await runningExecutions(state, config, accountId),
    groupName: attributeOf(state, 'aws_autoscaling_group', 'name'),
    ownBucket,
    ownBucketHasObjects: ownBucket !== undefined && (await hasObjects(s3, ownBucket)),
  };
}

async function runningExecutions(
  state: State,
  { region, bucket, namePrefix }: Config,
  accountId: string,
): Promise<RunningExecution[]> {
  const stateMachineArn = attributeOf(state, 'aws_sfn_state_machine', 'arn');
  if (!stateMachineArn) return [];
  const bucketName = bucket ?? ownBucketName(namePrefix, accountId, region);
  const running: RunningExecution[] = [];
  const batch = BatchProcessor.connect({ region, stateMachineArn, bucketName }, awsConfig(region));
  for await (const execution of batch.running()) running.push(execution);
  return running;
}

function attributeOf(state: State, type: string, attribute: string): string | undefined {
  return state.resources.find((resource) => resource.type === type)?.attributes[attribute] as
    | string
    | undefined;
}
