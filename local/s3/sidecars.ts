import { createHash } from 'node:crypto';
import { type BigIntStats, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digests } from './checksums';

/** What S3 keeps of an object beside its content. */
export interface ObjectRecord {
  /** Without quotes. */
  etag: string;
  /** Content-Type, Cache-Control, x-amz-meta-… as they came, names in lower case. */
  headers: Record<string, string>;
  checksums?: Digests;
  /** Of a multipart upload, the checksum may be one of its parts' checksums. */
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
 * object, and that of the file which is it now. So whichever of the two a crash leaves in place, its record is there,
 * and a file written by anyone else matches neither.
 */
export class Sidecars {
  constructor(private readonly folder: string) {}

  #path(key: string): string {
    const hash = createHash('sha256').update(key).digest('hex');
    return join(this.folder, hash.slice(0, 2), `${hash.slice(2)}.json`);
  }

  read(key: string): Sidecar[] {
    try {
      return JSON.parse(readFileSync(this.#path(key), 'utf8'));
    } catch {
      // None, or not one of ours: the file is described by what it is.
      return [];
    }
  }

  write(key: string, sidecars: Sidecar[], temporary: string): void {
    const path = this.#path(key);
    writeFileSync(temporary, JSON.stringify(sidecars));
    mkdirSync(dirname(path), { recursive: true });
    renameSync(temporary, path);
  }

  remove(key: string): void {
    rmSync(this.#path(key), { force: true });
  }
}
