/** A manifest on this machine: an execution reads it from the bucket. */
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Upload } from '@aws-sdk/lib-storage';
import type { BatchProcessor } from '../../client';
import { UsageError } from '../cli/usage-error';

/** `./keys.txt`, `../keys.txt` and `/tmp/keys.txt` are files; anything else is a key in the bucket. */
export function isLocalPath(manifest: string): boolean {
  return /^\.{0,2}\//.test(manifest);
}

/** Uploads the file for the execution, and returns its key. Throws a UsageError where it is not there. */
export async function uploadManifest(
  { clients, deployment }: BatchProcessor,
  path: string,
  execution: string,
): Promise<string> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`There is no file ${path}.`);
  const Key = `${deployment.manifestsPrefix}${execution}/${basename(path)}`;
  const params = { Bucket: deployment.bucketName, Key, Body: createReadStream(path) };
  await new Upload({ client: clients.s3, params }).done();
  return Key;
}
