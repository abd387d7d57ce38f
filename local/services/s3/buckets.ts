/** The buckets of a stack: folders. */
import { statSync } from 'node:fs';
import * as z from 'zod';
import { LocalCloudError } from '../../core/errors';
import type { Stack } from '../../core/stack/stack';
import type { BucketOptions } from '.';
import { assertWithoutLinks } from './folder/links';
import { settingsOf } from './stack-settings';

export interface BucketFolders {
  /** The folder that is the stack's own bucket; its files are the objects. */
  bucketFolder: string;
  /** Folders of the other buckets that the stack reads or writes, by the buckets' names. Default: there are none. */
  bucketFolders?: Record<string, string>;
}

const Accesses = z.record(
  z.string(),
  z.object({
    owner: z.string().optional(),
    region: z.string().optional(),
    requesterPays: z.boolean().optional(),
  }),
);

/** Outputs of the stack: the prefixes below which it writes. */
const WRITTEN = ['output_prefix', 'results_prefix', 'manifests_prefix'];

/**
 * By name, with owner and region: the bucket that the stack makes or was given, and those of its output `bucket_accesses` that have a
 * folder. Throws a LocalCloudError for a folder without a bucket, and if the bucket of outputs has no folder.
 */
export function bucketsOf(
  stack: Stack,
  { bucketFolder, bucketFolders = {} }: BucketFolders,
): Record<string, BucketOptions> {
  const outputs = stack.outputs();
  const { bucket_accesses: accesses = '{}', output_bucket_name: outputBucket } = outputs;
  const written = WRITTEN.flatMap((name) => outputs[name] ?? []).map(String);
  const [own, ...others] = [...stack.resources('aws_s3_bucket'), ...stack.data('aws_s3_bucket')];
  if (!own || others.length > 0) {
    const count = own ? 'more' : 'none';
    throw new LocalCloudError(
      `The local cloud serves one bucket of the stack's own, and the stack has ${count}.`,
    );
  }
  const { account } = stack.accountAndRegion;
  const known = new Map(Object.entries(Accesses.parse(JSON.parse(String(accesses)))));
  const stranger = Object.keys(bucketFolders).find((name) => !known.has(name));
  if (own.attributes.bucket in bucketFolders || known.has(own.attributes.bucket)) {
    throw new LocalCloudError(
      `The bucket ${own.attributes.bucket} is the stack's own: its folder is given without its name.`,
    );
  }
  if (stranger !== undefined)
    throw new LocalCloudError(`The stack neither reads nor writes a bucket ${stranger}.`);
  const buckets: Record<string, BucketOptions> = {
    [own.attributes.bucket]: {
      folder: existing(bucketFolder, written),
      owner: account,
      settings: settingsOf(stack, own.attributes.bucket),
    },
  };
  for (const [name, { owner = account, region, requesterPays }] of known) {
    const folder = bucketFolders[name];
    if (folder === undefined && name === outputBucket)
      throw new LocalCloudError(`The bucket ${name}, where outputs go, has no folder here.`);
    const prefixes = name === outputBucket ? written : [];
    if (folder !== undefined)
      buckets[name] = { folder: existing(folder, prefixes), owner, region, requesterPays };
  }
  return buckets;
}

function existing(folder: string, written: string[]): string {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new LocalCloudError(`The bucket's folder ${folder} does not exist.`);
  assertWithoutLinks(folder, written);
  return folder;
}
