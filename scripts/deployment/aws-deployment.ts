/** The deployment on AWS, as the Terraform state knows it. */
import { ECRClient } from '@aws-sdk/client-ecr';
import { BatchProcessor, type LongRetryOptions } from '../../client';
import { outputReader } from '../../client/deployment';
import type { OutputName } from '../../stacks/outputs';
import type { Config } from '../../stacks/settings/complete-config';
import { loadConfig } from '../../stacks/settings/config';
import { UsageError } from '../cli/usage-error';
import { awsConfig } from './account/aws';
import { readState } from './terraform/state';

export interface AwsDeployment {
  /** Terraform outputs of the stack. */
  outputs: Record<string, unknown>;
  batch: BatchProcessor;
  ecr: ECRClient;
  clusterName: string;
  serviceName: string;
  /** Repository and tag of the image that the workers run. */
  workerImageUri: string;
  architecture: string;
  workerLogGroup: string;
}

interface DeploymentOptions {
  /** Default: that of the environment. */
  config?: Config;
  /** How its client waits. */
  client?: LongRetryOptions;
}

/** A network that drops packets is noticed, and waited for, though connections stay open. A large upload may take longer. */
const TIMEOUTS = { connectionTimeout: 10_000, socketTimeout: 60_000 };

/** Undefined if there is no deployment in the Terraform state, terraform.<stack>.tfstate beside cdktf.json or in S3. */
export async function findDeployment({
  config = loadConfig(),
  client,
}: DeploymentOptions = {}): Promise<AwsDeployment | undefined> {
  const state = await readState(config);
  if (!state?.outputs.state_machine_arn) return undefined;
  const text: (name: OutputName) => string = outputReader(state.outputs);
  return {
    outputs: state.outputs,
    batch: BatchProcessor.fromOutputs(state.outputs, { ...awsConfig(text('region'), TIMEOUTS), ...client }),
    ecr: new ECRClient(awsConfig(text('region'))),
    clusterName: text('cluster_name'),
    serviceName: text('service_name'),
    workerImageUri: text('worker_image_uri'),
    architecture: text('architecture'),
    workerLogGroup: text('worker_log_group'),
  };
}

/** Throws a UsageError if there is none. `remedy` says what the user can do. */
export async function requireDeployment({
  remedy = 'run `npm run deploy` first',
  ...options
}: DeploymentOptions & { remedy?: string } = {}): Promise<AwsDeployment> {
  const deployment = await findDeployment(options);
  if (deployment) return deployment;
  throw new UsageError(`There is no deployment in the Terraform state: ${remedy}.`);
}
