/** A manifest on this machine: an execution reads it from the bucket. */
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Upload } from '@aws-sdk/lib-storage';
import { InvalidArgumentError } from 'commander';
import type { BatchProcessor } from '../../client';

/** `./keys.txt`, `../keys.txt` and `/tmp/keys.txt` are files; anything else is a key in the bucket. */
export function isLocalPath(manifest: string): boolean {
  return /^\.{0,2}\//.test(manifest);
}

/** Parser of the option: a file must be there. */
export function manifestReference(text: string): string {
  if (!isLocalPath(text) || statSync(text, { throwIfNoEntry: false })?.isFile()) return text;
  throw new InvalidArgumentError(`There is no file ${text}.`);
}

/** Uploads the file for the execution, and returns its key. */
export async function uploadManifest(
  { clients, deployment }: BatchProcessor,
  path: string,
  execution: string,
): Promise<string> {
  const Key = `${deployment.manifestsPrefix}${execution}/${basename(path)}`;
  const params = { Bucket: deployment.bucketName, Key, Body: createReadStream(path) };
  await new Upload({ client: clients.s3, params }).done();
  return Key;
}
