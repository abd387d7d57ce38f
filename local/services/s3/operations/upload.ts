import type { Written } from '../folder/workspace';
import { hexOf } from '../protocol/checksums';
import type { Received } from '../protocol/payload';

/** Most parts of an upload, and the highest number of one. */
export const MAX_PARTS = 10_000;

export interface Part extends Received, Written {
  number: number;
  uploaded: Date;
}

/** A multipart upload that has neither been completed nor aborted. */
export interface Upload {
  /** Ids of one process are in the order in which the uploads were made. */
  id: string;
  bucket: string;
  key: string;
  initiated: Date;
  headers: Record<string, string>;
  /** Algorithm of the checksum that the object gets; none if the client named none. */
  algorithm?: string;
  checksumType?: 'COMPOSITE' | 'FULL_OBJECT';
  parts: Map<number, Part>;
}

export const etagOf = ({ digests }: Part): string => hexOf(digests.MD5);
