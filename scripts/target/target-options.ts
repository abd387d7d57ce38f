/** The options that choose the target of a command, and those for a local cloud only. */
import { type Command, Option } from 'commander';
import { addProcessorsFolderOption } from '../cli/processors-folder-option';
import { addBucketFolderOption, type BucketFolders } from '../local/bucket-folders';
import type { FaultOptions } from '../local/fault-options';
import { addEnvironmentOption, type StackOptions } from '../local/stack-options';

export interface TargetOptions {
  /** Default: the deployment if there is one, else the local cloud. */
  target?: 'aws' | 'local';
}

/** Options of a command that only looks at a deployment and its bucket. */
export interface BucketTargetOptions extends TargetOptions {
  /** Folders of the local buckets. Default of the deployment's own: `local/bucket`. */
  bucketDir?: BucketFolders;
}

/** Options of a command that starts runs. */
export interface RunTargetOptions
  extends BucketTargetOptions,
    Pick<StackOptions, 'env' | 'processorsFolder'> {}

const LOCAL_ONLY = 'local only, ';

export function targetOption(): Option {
  return new Option(
    '--target <where>',
    'aws or local (default: the deployment if there is one, else local), example: --target local',
  ).choices(['aws', 'local']);
}

export function addBucketTargetOptions(command: Command): Command {
  return addLocalBucketOption(command.addOption(targetOption()));
}

/** Those of `RunTargetOptions` for a local cloud. */
export function addLocalOptions(command: Command): Command {
  addProcessorsFolderOption(command, LOCAL_ONLY);
  addEnvironmentOption(command, LOCAL_ONLY);
  return addLocalBucketOption(command);
}

/** `standard`: the default folder, in words. */
export function addLocalBucketOption(command: Command, standard = 'local/bucket'): Command {
  return addBucketFolderOption(command, LOCAL_ONLY, standard);
}

/** The given options that work in a local cloud only. */
export function localOnly({
  processorsFolder,
  env,
  bucketDir,
  fault,
}: RunTargetOptions & FaultOptions): string[] {
  const options = {
    '--processors-folder': processorsFolder,
    '--env': env,
    '--bucket-dir': bucketDir,
    '--fault': fault,
  };
  return Object.entries(options).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
}
