/** The target of a run, AWS or the local cloud, and the option that chooses it. */
import { realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Command, Option } from 'commander';
import { BatchProcessor, type ClientConfig, type PatienceOptions } from '../../client';
import type { LocalCloud } from '../../local/cloud';
import { clientConfig } from '../../local/core/client-config';
import { quote } from '../../runtime/shell-word';
import type { Progress } from '../cli/progress';
import { UsageError } from '../cli/usage-error';
import { awsConfig } from '../deployment/aws';
import { type AwsDeployment, findDeployment, requireDeployment } from '../deployment/aws-deployment';
import { checkImage } from '../deployment/image';
import { bootLocalCloud, DEFAULT_BUCKET_FOLDER, type LocalOptions } from '../local/boot';
import { addBucketFolderOption, type BucketFolders, existingFolder } from '../local/bucket-folders';
import type { InjectedFaults } from '../local/fault-options';
import { findCloud, type RunningCloud } from '../local/running-cloud';
import { localConfig } from '../local/synthesize';
import { runsCurrentCode } from './current-code';
import { tellTrouble } from './trouble';

export interface Target {
  kind: 'aws' | 'local';
  batch: BatchProcessor;
  /** Outputs of the stack. */
  outputs: Record<string, unknown>;
  /** For further clients of the AWS SDK. */
  clientConfig: ClientConfig;
  /** Of a local cloud: the folders of the buckets beside its own, by name. */
  bucketFolders?: Record<string, string>;
  /** Of a local cloud that was kept up: whether it runs the code as it is now. */
  isCurrent?(): boolean;
  /** Counts of injected faults; only with `--fault`. */
  faults?(): InjectedFaults;
  /** Ends everything that was started for this run. */
  close(): Promise<void>;
}

export interface TargetOptions {
  /** Default: the deployment if there is one, else the local cloud. */
  target?: Target['kind'];
}

export function targetOption(): Option {
  return new Option(
    '--target <where>',
    'aws or local (default: the deployment if there is one, else local), example: --target local',
  ).choices(['aws', 'local']);
}

export interface BucketTargetOptions extends TargetOptions {
  /** Folders of the local buckets. Default of the deployment's own: `local/bucket`. */
  bucketDir?: BucketFolders;
}

/** Options of a command that only looks at a deployment and its bucket. */
export function addBucketTargetOptions(command: Command): Command {
  return addBucketFolderOption(command.addOption(targetOption()), 'local only, ', 'local/bucket');
}

/** As `openTarget`, for commands that look at runs or stop them: on AWS the workers' image may be missing. */
export function openBucketTarget(options: BucketTargetOptions, progress: Progress): Promise<Target> {
  const { bucketDir } = options;
  const local = {
    bucketFolder: bucketDir?.own ?? DEFAULT_BUCKET_FOLDER,
    bucketFolders: bucketDir?.others,
  };
  const openLocal = () => openLocalTarget(local, progress);
  const localOnly = bucketDir === undefined ? [] : ['--bucket-dir'];
  return openTarget(options, localOnly, openLocal, progress, { needsImage: false });
}

/**
 * Opens the target that the option chooses. Without the option, it says which one it takes. `localOnly`: given options that work
 * in the local cloud only. Throws a UsageError if these are used on AWS, or if the deployment or, where it is needed, its image is
 * missing.
 */
export async function openTarget(
  { target }: TargetOptions,
  localOnly: string[],
  openLocal: () => Promise<Target>,
  progress: Progress,
  { needsImage = true } = {},
): Promise<Target> {
  const deployment = await chooseDeployment(target, tellTrouble(progress));
  if (!deployment) {
    if (!target) progress.note('Running in the local cloud: there is no deployment in the Terraform state.');
    return openLocal();
  }
  if (localOnly.length > 0) {
    const given = localOnly.join(' and ');
    throw new UsageError(
      `${given} works in the local cloud only: add --target local, or configure the stack.`,
    );
  }
  const { batch } = deployment;
  const { region } = batch.deployment;
  if (!target) progress.note(`Running on AWS (${region}): the Terraform state has a deployment.`);
  if (needsImage) await checkImage(deployment);
  const { outputs } = deployment;
  return {
    kind: 'aws',
    batch,
    outputs,
    clientConfig: awsConfig(region),
    close: async () => batch.close(),
  };
}

async function chooseDeployment(
  target: Target['kind'] | undefined,
  client: PatienceOptions,
): Promise<AwsDeployment | undefined> {
  if (target === 'local') return undefined;
  return target === 'aws'
    ? requireDeployment({ remedy: 'run `npm run deploy` first, or use --target local', client })
    : findDeployment({ client });
}

/**
 * The local cloud that runs on the bucket's folder, or one booted for this run. Throws a UsageError if the folder does not exist,
 * the configuration is wrong, or the running one cannot take the options.
 */
export async function openLocalTarget(options: LocalOptions, progress: Progress): Promise<Target> {
  const bucketFolder = await existingFolder(options.bucketFolder);
  const running = await findCloud(bucketFolder);
  if (running) {
    if (options.environment || options.fault) {
      throw new UsageError(
        `A local cloud already runs on this bucket (scripts/local.ts, pid ${running.pid}): restart it with --env or --fault, or stop it.`,
      );
    }
    const isCurrent = () => runsCurrentCode(running.outputs, localConfig(options));
    if (options.processorsFolder !== undefined && !isCurrent()) {
      throw new UsageError(
        `A local cloud already runs on this bucket (scripts/local.ts, pid ${running.pid}), with other processors: restart it with --processors-folder ${quote(options.processorsFolder)}, or stop it.`,
      );
    }
    await checkServed(running, options.bucketFolders ?? {});
    progress.note(`Using the local cloud at ${running.endpoint}.`);
    const batch = connectLocal(running, bucketFolder);
    return {
      kind: 'local',
      batch,
      outputs: running.outputs,
      clientConfig: clientConfig(running),
      bucketFolders: running.bucketFolders,
      isCurrent,
      close: async () => batch.close(),
    };
  }
  const cloud = await bootLocalCloud({ ...options, bucketFolder }, progress);
  const batch = connectLocal(cloud, bucketFolder);
  const close = async () => {
    batch.close();
    await cloud.close();
  };
  const faults = () => ({ seed: cloud.faults.seed, injected: cloud.faults.injected() });
  const { outputs } = cloud;
  return {
    kind: 'local',
    batch,
    outputs,
    clientConfig: clientConfig(cloud),
    bucketFolders: cloud.bucketFolders,
    close,
    ...(options.fault && { faults }),
  };
}

/** Throws a UsageError where the running cloud does not serve one of the folders. */
async function checkServed(running: RunningCloud, folders: Record<string, string>): Promise<void> {
  for (const [name, folder] of Object.entries(folders)) {
    const served = running.bucketFolders[name];
    if (
      served !== undefined &&
      (await realpath(served)) === (await realpath(await existingFolder(folder, true)))
    )
      continue;
    throw new UsageError(
      `A local cloud already runs on this bucket (scripts/local.ts, pid ${running.pid}), and it ${served === undefined ? `has no bucket ${name}` : `serves ${served} as ${name}`}: restart it with --bucket-dir ${quote(`${name}=${folder}`)}, or stop it.`,
    );
  }
}

/** Messages name objects by their files, relative to the working directory. */
export function connectLocal(
  cloud: Pick<LocalCloud, 'endpoint' | 'region' | 'credentials' | 'outputs' | 'bucketFolders'>,
  bucketFolder: string,
): BatchProcessor {
  const locate = (key: string, bucket = '') =>
    relative(process.cwd(), join(cloud.bucketFolders[bucket] ?? bucketFolder, key)) +
    (key.endsWith('/') ? '/' : '');
  // A local cloud that does not answer has ended, and its runs with it.
  return BatchProcessor.fromOutputs(cloud.outputs, { ...clientConfig(cloud), locate, awaySeconds: 0 });
}
