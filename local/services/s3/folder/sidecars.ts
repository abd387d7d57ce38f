import { hash } from 'node:crypto';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type Digests, isAlgorithm } from '../protocol/checksums';
import { discard, isRealFolder, makeOwnFolder, readOwnFile, writeNewFile, writeOwnFile } from './own-files';

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

/** Metadata that S3 keeps as it came; user metadata is all of `x-amz-meta-*`. */
export const KEPT =
  /^(cache-control|content-(disposition|encoding|language|type)|expires|x-amz-(storage-class|website-redirect-location)|x-amz-meta-[!#$%&'*+.^_`|~\w-]+)$/;
/** Most bytes of a file of records: two, each with what one request can carry. */
const MAX_FILE_BYTES = 256 * 1024;
/** Most characters of names and values that an answer can carry back: Node.js reads headers of 16 KiB, and S3 adds some. */
const MAX_HEADERS = 15 * 1024;

const headers = z
  .record(z.string().regex(KEPT), z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/))
  .refine((all) => Object.entries(all).flat().join('').length <= MAX_HEADERS);
const record = z.object({
  file: z.string().max(100),
  etag: z.string().regex(/^[\da-f]{32}(-\d{1,5})?$/),
  headers,
  checksums: z
    .record(z.string().refine(isAlgorithm), z.string().regex(/^[A-Za-z\d+/]{1,88}={0,2}(-\d{1,5})?$/))
    .optional(),
  checksumType: z.enum(['COMPOSITE', 'FULL_OBJECT']).optional(),
}) satisfies z.ZodType<Sidecar>;

/**
 * Records in files named by a hash of the key. Each holds up to two: that of the file which is about to become the
 * object, and that of the file which is it now. So whichever of the two a crash leaves in place, its record is there,
 * and a file written by anyone else matches neither. A record that is not of this form, or whose file is something else,
 * is as good as none.
 */
export class Sidecars {
  constructor(private readonly folder: string) {}

  #path(key: string): string {
    const name = hash('sha256', key);
    return join(this.folder, name.slice(0, 2), `${name.slice(2)}.json`);
  }

  read(key: string): Sidecar[] {
    const found = readOwnFile(this.#path(key), MAX_FILE_BYTES);
    return found ? parseRecords(found.content) : [];
  }

  /** @param newTemporary gives the path of a file that replaces what is there; if nothing is, half a file would be as good as none */
  write(key: string, sidecars: Sidecar[], newTemporary: () => string): void {
    const [path, content] = [this.#path(key), JSON.stringify(sidecars)];
    makeOwnFolder(dirname(path));
    if (!writeNewFile(path, content)) writeOwnFile(path, content, newTemporary());
  }

  remove(key: string): void {
    const path = this.#path(key);
    if (isRealFolder(dirname(path))) discard(path);
  }
}

function parseRecords(text: string): Sidecar[] {
  try {
    const records: unknown = JSON.parse(text);
    return Array.isArray(records) ? records.flatMap((each) => record.safeParse(each).data ?? []) : [];
  } catch {
    return [];
  }
}
