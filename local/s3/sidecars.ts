import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What S3 keeps of an object beside its content. */
export interface ObjectRecord {
  /** Without quotes. */
  etag: string;
  /** Content-Type, Cache-Control, x-amz-meta-… as they came, names in lower case. */
  headers?: Record<string, string>;
  /** Base64, by algorithm. */
  checksums?: Record<string, string>;
  /** Of a multipart upload, whose checksum may be one of its parts' checksums. Default FULL_OBJECT. */
  checksumType?: 'COMPOSITE' | 'FULL_OBJECT';
}

/** A record, and the one state of the one file that it describes. */
export interface Sidecar extends ObjectRecord {
  file: string;
}

/** What changes when a file is replaced or written to; renaming leaves it. */
export function identityOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}`;
}

/**
 * Records in files named by a hash of the key. Each holds up to two: that of the file which is about to become the
 * object, and that of the file which is it now. So whichever of the two a reader finds (or a crash leaves) in place,
 * its record is there, and a file written by anyone else matches neither.
 */
export class Sidecars {
  constructor(private readonly folder: string) {}

  #path(key: string): string {
    const hash = createHash('sha256').update(key).digest('hex');
    return join(this.folder, hash.slice(0, 2), `${hash.slice(2)}.json`);
  }

  async read(key: string): Promise<Sidecar[]> {
    try {
      return JSON.parse(await readFile(this.#path(key), 'utf8'));
    } catch {
      // None, or not one of ours: the file is described by what it is.
      return [];
    }
  }

  async write(key: string, sidecars: Sidecar[], temporary: string): Promise<void> {
    const path = this.#path(key);
    await writeFile(temporary, JSON.stringify(sidecars));
    await rename(temporary, path).catch(async () => {
      await mkdir(dirname(path), { recursive: true });
      await rename(temporary, path);
    });
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }
}
