/** The deployment on AWS, as the Terraform state knows it. */
import { ECRClient } from '@aws-sdk/client-ecr';
import { type Config, loadConfig } from '../../stacks/config';
import { UsageError } from './command';
import { readState } from './state';
import { createClients, type Deployment, outputReader, readDeployment, type Target } from './target';

export interface AwsDeployment extends Deployment {
  /** Repository and tag of the image that the workers run. */
  workerImageUri: string;
  architecture: string;
  autoScalingGroupName: string;
  dashboardUrl: string;
}

export interface AwsTarget extends Target {
  kind: 'aws';
  deployment: AwsDeployment;
  ecr: ECRClient;
}

/** Undefined if there is no deployment in the Terraform state, terraform.<stack>.tfstate beside cdktf.json or in S3. */
export async function findAwsTarget(config: Config = loadConfig()): Promise<AwsTarget | undefined> {
  const state = await readState(config);
  if (!state?.outputs.state_machine_arn) return undefined;
  const deployment = readAwsDeployment(state.outputs);
  const { region } = deployment;
  return {
    kind: 'aws',
    deployment,
    clients: createClients({ region }),
    ecr: new ECRClient({ region }),
    locate: (key) => `s3://${deployment.bucketName}/${key}`,
    close: async () => {},
  };
}

/** Throws a UsageError if there is none. `remedy` says what else the person can do. */
export async function requireAwsTarget({
  remedy = 'run `npm run deploy` first',
  config = loadConfig(),
} = {}): Promise<AwsTarget> {
  const target = await findAwsTarget(config);
  if (target) return target;
  throw new UsageError(`There is no deployment in the Terraform state: ${remedy}.`);
}

/** What `--target` chooses: the deployment or nothing, and without it the deployment if there is one. */
export async function chooseAwsTarget(choice: 'aws' | 'local' | undefined): Promise<AwsTarget | undefined> {
  if (choice === 'local') return undefined;
  return choice === 'aws'
    ? requireAwsTarget({ remedy: 'run `npm run deploy` first, or use --target local' })
    : findAwsTarget();
}

function readAwsDeployment(outputs: Record<string, unknown>): AwsDeployment {
  const text = outputReader(outputs);
  return {
    ...readDeployment(outputs),
    workerImageUri: text('worker_image_uri'),
    architecture: text('architecture'),
    autoScalingGroupName: text('auto_scaling_group_name'),
    dashboardUrl: text('dashboard_url'),
  };
}
