/** Opens an object for reading. */
import type { Readable } from 'node:stream';
import type { SourceObject } from '../../../processor';
import type { ObjectStore } from '../../../s3/object-store';
import { readError } from '../errors/failure';

export interface OpenSource
  extends Omit<SourceObject, 'attempt' | 'body' | 'text' | 'lines' | 'json' | 'bytes'> {
  /** As it comes from S3. */
  stream: Readable;
}

/** `unchanged` if it still is the version with the ETag `unlessEtag`. Throws a TaskError. */
export async function openSource(store: ObjectStore, key: string): Promise<OpenSource>;
export async function openSource(
  store: ObjectStore,
  key: string,
  unlessEtag: string | undefined,
): Promise<OpenSource | 'unchanged'>;
export async function openSource(
  store: ObjectStore,
  key: string,
  unlessEtag?: string,
): Promise<OpenSource | 'unchanged'> {
  try {
    const found = await store.get(key, unlessEtag);
    if (found === 'unchanged') return found;
    const { contentType = 'application/octet-stream', contentEncoding, lastModified, ...object } = found;
    return {
      bucket: store.bucket,
      key,
      ...object,
      contentType,
      ...(contentEncoding && { contentEncoding }),
      lastModified: lastModified ?? new Date(0),
    };
  } catch (error) {
    throw readError(error, key);
  }
}

/** Closes an object that nobody reads. */
export function closeSource({ stream }: OpenSource): void {
  stream.on('error', () => {}).destroy();
}
