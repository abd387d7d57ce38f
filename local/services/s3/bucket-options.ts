/** What S3 knows of a bucket beside its objects. */
import { createHash } from 'node:crypto';

export interface BucketOptions {
  /** It is made if it does not exist. */
  folder: string;
  /** Account that owns it. Default: nobody asks. */
  owner?: string;
  region?: string;
  /** The request must say that the requester pays, unless the bucket belongs to the requester's account. */
  requesterPays?: boolean;
  /** Default: those of a new bucket. */
  settings?: BucketSettings;
}

/** What a bucket has of its own; each object is a document of S3 without its root. */
export interface BucketSettings {
  tags?: Record<string, string>;
  /** JSON. */
  policy?: string;
  publicAccessBlock?: object;
  ownershipControls?: object;
  encryption?: object;
  lifecycle?: object;
}

/** The canonical user id of an account: 64 hexadecimal digits. S3's documents name the owner by it. */
export const canonicalId = (account = ''): string => createHash('sha256').update(account).digest('hex');
