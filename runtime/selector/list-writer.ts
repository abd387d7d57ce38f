/**
 * Writes the list of selected keys as one object, over several calls. S3 takes parts of at least 5 MiB, except for the last one:
 * keys that do not fill a part at the end of a call are carried to the next call.
 */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { head } from './head';

export interface Destination {
  bucket: string;
  key: string;
}

/** A list that is not complete. JSON. */
export interface CarriedList {
  /** Undefined if there is less than a part. */
  uploadId?: string;
  /** ETags of its parts. */
  parts: string[];
}

/** 10,000 of them hold a thousand million keys. */
const PART_BYTES = 8 * 2 ** 20;
const SETTINGS = {
  ContentType: 'application/x-ndjson',
  // Tells a list from a manifest that somebody else put there.
  Metadata: { 'written-by': 'selector' },
};

export class ListWriter {
  private lines: string[] = [];
  private bytes = 0;

  /** `tail`: of the call before. */
  constructor(
    private readonly s3: S3Client,
    private readonly destination: Destination,
    private readonly list: CarriedList = { parts: [] },
    tail = '',
  ) {
    this.push(tail);
  }

  async add(key: string): Promise<void> {
    this.push(`${JSON.stringify({ Key: key })}\n`);
    if (this.bytes >= PART_BYTES) await this.uploadPart();
  }

  /** What the next call needs. */
  suspend(): { list: CarriedList; tail: string } {
    return { list: this.list, tail: this.lines.join('') };
  }

  /** In one request, if everything fits into one. */
  async putWhole(): Promise<boolean> {
    if (this.list.uploadId) return false;
    const { bucket: Bucket, key: Key } = this.destination;
    const Body = Buffer.from(this.lines.join(''));
    await this.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...SETTINGS }));
    return true;
  }

  /** All is in parts after it; `completeList` makes one object of them. */
  async flush(): Promise<CarriedList> {
    if (this.bytes > 0) await this.uploadPart();
    return this.list;
  }

  private push(line: string): void {
    this.lines.push(line);
    this.bytes += Buffer.byteLength(line);
  }

  /** A call that is repeated uploads the same numbers again, which replaces them. */
  private async uploadPart(): Promise<void> {
    const { list, s3 } = this;
    const { bucket: Bucket, key: Key } = this.destination;
    const Body = Buffer.from(this.lines.join(''));
    this.lines = [];
    this.bytes = 0;
    if (!list.uploadId) {
      const create = new CreateMultipartUploadCommand({ Bucket, Key, ...SETTINGS });
      list.uploadId = (await s3.send(create)).UploadId;
    }
    const PartNumber = list.parts.length + 1;
    const part = new UploadPartCommand({ Bucket, Key, UploadId: list.uploadId, PartNumber, Body });
    list.parts.push((await s3.send(part)).ETag ?? '');
  }
}

/** Nothing is there, or an older list. */
export async function isFree(s3: S3Client, { bucket, key }: Destination): Promise<boolean> {
  const found = await head(s3, bucket, key);
  return !found || found.Metadata?.['written-by'] === SETTINGS.Metadata['written-by'];
}

/** It may have happened before, in a call whose answer was lost. */
export async function completeList(
  s3: S3Client,
  { bucket: Bucket, key: Key }: Destination,
  { uploadId: UploadId, parts }: CarriedList,
): Promise<void> {
  const Parts = parts.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
  try {
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  } catch (error) {
    const isGone = error instanceof S3ServiceException && error.name === 'NoSuchUpload';
    if (!isGone || !(await head(s3, Bucket, Key))) throw error;
  }
}
