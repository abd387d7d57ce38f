/** Opens the target that a command's options choose. */
import type { LongRetryOptions } from '../../client';
import type { Progress } from '../cli/progress';
import { UsageError } from '../cli/usage-error';
import { awsConfig } from '../deployment/account/aws';
import { type AwsDeployment, findDeployment, requireDeployment } from '../deployment/aws-deployment';
import { checkImage } from '../deployment/image/image';
import { DEFAULT_BUCKET_FOLDER, type LocalOptions } from '../local/boot';
import type { FaultOptions } from '../local/fault-options';
import { openLocalTarget } from './local-target';
import type { Target } from './target';
import { localOnly, type RunTargetOptions, type TargetOptions } from './target-options';
import { noteWaits } from './wait-notes';

export interface OpenOptions {
  /** Whether the workers' image must be there on AWS. Default: true. Commands that look at runs or stop them do without. */
  needsImage?: boolean;
  /** As for `bootLocalCloud`. */
  isForRun?: boolean;
  /** Default: `openLocalTarget`. */
  openLocal?: typeof openLocalTarget;
}

/**
 * Without the option, it says which target it takes. Throws a UsageError if an option is given that works in the local cloud only, and
 * the target is AWS; or if the deployment or, if it is needed, its image is missing.
 */
export async function openTarget(
  options: RunTargetOptions & FaultOptions,
  progress: Progress,
  { needsImage = true, isForRun, openLocal = openLocalTarget }: OpenOptions = {},
): Promise<Target> {
  const { target } = options;
  const deployment = await chooseDeployment(target, noteWaits(progress));
  if (!deployment) {
    if (!target) progress.note('Running in the local cloud: there is no deployment in the Terraform state.');
    return openLocal({ ...localOptions(options), isForRun }, progress);
  }
  const given = localOnly(options);
  if (given.length > 0) {
    throw new UsageError(
      `${given.join(' and ')} works in the local cloud only: add --target local, or configure the stack.`,
    );
  }
  const { batch, outputs } = deployment;
  const { region } = batch.deployment;
  if (!target) progress.note(`Running on AWS (${region}): the Terraform state has a deployment.`);
  if (needsImage) await checkImage(deployment);
  return {
    kind: 'aws',
    batch,
    outputs,
    clientConfig: awsConfig(region),
    close: async () => batch.close(),
  };
}

async function chooseDeployment(
  target: TargetOptions['target'],
  client: LongRetryOptions,
): Promise<AwsDeployment | undefined> {
  if (target === 'local') return undefined;
  return target === 'aws'
    ? requireDeployment({ remedy: 'run `npm run deploy` first, or use --target local', client })
    : findDeployment({ client });
}

function localOptions(options: RunTargetOptions & FaultOptions): LocalOptions {
  const { processorsFolder, env, bucketDir, fault, faultSeed } = options;
  return {
    processorsFolder,
    bucketFolder: bucketDir?.own ?? DEFAULT_BUCKET_FOLDER,
    bucketFolders: bucketDir?.others,
    environment: env,
    fault,
    faultSeed,
  };
}
