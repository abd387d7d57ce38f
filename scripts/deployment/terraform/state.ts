/** Reads the Terraform state of a deployment: a local file, or an object in the bucket of the S3 backend. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { ROOT } from '../../../root';
import type { Config } from '../../../stacks/settings/complete-config';
import { stateFile, stateKey } from '../../../stacks/state-location';
import { UsageError } from '../../cli/usage-error';
import { awsConfig } from '../account/aws';
import { bucketRegionOf } from '../account/bucket-region';

export interface ManagedResource {
  /** `aws_s3_bucket.data` */
  address: string;
  type: string;
  attributes: Record<string, unknown>;
}

export interface State {
  outputs: Record<string, unknown>;
  /** Managed resources, without data sources. */
  resources: ManagedResource[];
}

/** The parts in use of a state file, version 4: https://developer.hashicorp.com/terraform/language/state */
interface StateFile {
  version: number;
  outputs: Record<string, { value: unknown }>;
  resources: {
    mode: 'managed' | 'data';
    type: string;
    name: string;
    instances: { attributes: Record<string, unknown> }[];
  }[];
}

/**
 * Undefined if there is no state, or nothing in it: before the first deployment and after a cleanup. Asks AWS only if
 * the state is kept in S3. Throws a UsageError if the state's bucket is not there, or the state is unreadable.
 */
export async function readState(config: Config): Promise<State | undefined> {
  const text = config.stateBucket
    ? await readObject(config, config.stateBucket)
    : await readLocal(join(ROOT, stateFile(config.namePrefix)));
  if (text === undefined) return undefined;
  const { outputs, resources } = parseState(text, stateLocation(config));
  const managed = resources.filter(({ mode }) => mode === 'managed');
  if (managed.length === 0) return undefined;
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
    resources: managed.map(({ type, name, instances }) => ({
      address: `${type}.${name}`,
      type,
      attributes: instances[0]?.attributes ?? {},
    })),
  };
}

/**
 * Account and region of what is deployed, from the ARNs of the resources: an interrupted deployment has no outputs yet.
 * `arn:<partition>:<service>:<region>:<account>:…`, in which IAM has no region and S3 neither.
 */
export function accountAndRegionOf({ resources }: State): { region?: string; accountId?: string } {
  const parts = resources.map(({ attributes }) => String(attributes.arn ?? '').split(':'));
  return {
    region: parts.find(([, , , region]) => region)?.[3],
    accountId: parts.find(([, , , , accountId]) => accountId)?.[4],
  };
}

/** Where the state is kept, as the user reads it. */
export function stateLocation(config: Config): string {
  return config.stateBucket
    ? `s3://${config.stateBucket}/${stateKey(config.namePrefix)}`
    : stateFile(config.namePrefix);
}

function parseState(text: string, location: string): StateFile {
  if (text.trim() === '') {
    throw new UsageError(
      `The Terraform state ${location} is empty: restore it from a backup, or delete it if nothing is deployed.`,
    );
  }
  let state: Partial<StateFile> & { encrypted_data?: unknown };
  try {
    state = JSON.parse(text);
  } catch {
    throw new UsageError(`The Terraform state ${location} is not JSON: restore it from a backup.`);
  }
  if (state?.encrypted_data !== undefined) {
    throw new UsageError(
      `The Terraform state ${location} is encrypted, and the scripts have to read it: turn OpenTofu's state encryption off (TF_ENCRYPTION), or set stateBucket, where S3 encrypts it.`,
    );
  }
  if (state?.version !== 4 || !Array.isArray(state.resources)) {
    throw new UsageError(
      `The Terraform state ${location} is not a state of version 4: restore it from a backup.`,
    );
  }
  return { version: 4, outputs: state.outputs ?? {}, resources: state.resources };
}

async function readLocal(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readObject(config: Config, bucket: string): Promise<string | undefined> {
  const region = config.stateRegion ?? config.region;
  const s3 = new S3Client(awsConfig(region));
  try {
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: stateKey(config.namePrefix) }),
    );
    return await Body?.transformToString();
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NoSuchKey') return undefined;
    if (name === 'NoSuchBucket') {
      throw new UsageError(
        `The bucket ${bucket} of the Terraform state (stateBucket) does not exist: create it.`,
      );
    }
    const actual = error instanceof S3ServiceException && bucketRegionOf(error);
    if (actual && actual !== region) {
      throw new UsageError(
        `The bucket ${bucket} of the Terraform state is in ${actual}, not in ${region}: set stateRegion (BATCH_STATE_REGION=${actual}).`,
      );
    }
    if (name === 'AccessDenied') {
      throw new UsageError(
        `You may not read the Terraform state s3://${bucket}/${stateKey(config.namePrefix)}: allow s3:GetObject and s3:ListBucket there, or correct stateBucket.`,
      );
    }
    throw error;
  } finally {
    s3.destroy();
  }
}
