/**
 * The objects of one bucket: HEAD, GET and PUT, which are sent for every object, so directly. If that fails, the SDK sends them
 * (DirectRequests).
 */
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { extendedEncodeURIComponent } from '@smithy/core/protocols';
import { type Answer, DirectRequests } from '../aws/direct-requests';
import type { BucketAccess } from './bucket-access';
import { hasStatus } from './has-status';
import { verifiedBody } from './verified-body';

export interface StoredObject {
  /** Without quotes. */
  etag: string;
  /** Bytes. */
  size: number;
  contentType?: string;
  contentEncoding?: string;
  lastModified?: Date;
  metadata: Record<string, string>;
  /** An error of this stream is that of reading from S3, or of content that is not what its checksum says. */
  stream: Readable;
}

export interface ObjectContent {
  body: Buffer;
  contentType: string;
  contentEncoding?: string;
  cacheControl?: string;
  metadata: Record<string, string>;
}

const METADATA = 'x-amz-meta-';

export class ObjectStore {
  private readonly direct: DirectRequests;

  constructor(
    /** For all other requests to the bucket. */
    readonly client: S3Client,
    readonly bucket: string,
    { owner, requesterPays }: BucketAccess = {},
  ) {
    this.direct = new DirectRequests({
      config: client.config,
      service: 's3',
      command: HeadObjectCommand,
      parameters: { Bucket: bucket },
      signsPathAsSent: true,
      headers: {
        ...(owner && { 'x-amz-expected-bucket-owner': owner }),
        ...(requesterPays && { 'x-amz-request-payer': 'requester' }),
      },
    });
  }

  /** Returns the object's metadata. Returns undefined if the object does not exist. Throws the SDK's errors. */
  async head(key: string): Promise<Record<string, string> | undefined> {
    const answer = await this.direct.sendRepeatable({
      method: 'HEAD',
      path: pathOf(key),
      expected: [200, 404],
    });
    if (answer) {
      answer.discard();
      return answer.status === 404 ? undefined : metadataOf(answer);
    }
    try {
      const { Metadata } = await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      return Metadata ?? {};
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Opens the object. Returns `unchanged` if its ETag still is `unlessEtag`. Throws the SDK's errors. */
  async get(key: string, unlessEtag?: string): Promise<StoredObject | 'unchanged'> {
    const ifNoneMatch = unlessEtag && `"${unlessEtag}"`;
    const answer = await this.direct.sendRepeatable({
      method: 'GET',
      path: pathOf(key),
      headers: { 'x-amz-checksum-mode': 'ENABLED', ...(ifNoneMatch && { 'if-none-match': ifNoneMatch }) },
      expected: [200, 304],
    });
    if (answer?.status === 304) {
      answer.discard();
      return 'unchanged';
    }
    return answer ? openAnswer(answer) : this.getWithSdk(key, ifNoneMatch);
  }

  /** Writes the object unless one is there. `isNew` is false if one was there, which is kept. Throws the SDK's errors. */
  async putIfNew(key: string, content: ObjectContent): Promise<{ isNew: boolean }> {
    try {
      return { isNew: await this.write(key, content, '*') };
    } catch (error) {
      if (hasStatus(error, 412)) return { isNew: false };
      throw error;
    }
  }

  /** Writes the object, over one that is there. Throws the SDK's errors. */
  async put(key: string, content: ObjectContent): Promise<void> {
    await this.write(key, content);
  }

  private async write(key: string, content: ObjectContent, ifNoneMatch?: '*'): Promise<boolean> {
    const { body, contentType, contentEncoding, cacheControl, metadata } = content;
    const headers: Record<string, string> = {
      'content-type': contentType,
      'x-amz-sdk-checksum-algorithm': 'CRC32',
      'x-amz-checksum-crc32': crc32Of(body),
    };
    if (contentEncoding !== undefined) headers['content-encoding'] = contentEncoding;
    if (cacheControl !== undefined) headers['cache-control'] = cacheControl;
    if (ifNoneMatch) headers['if-none-match'] = ifNoneMatch;
    for (const [name, value] of Object.entries(metadata)) headers[`${METADATA}${name.toLowerCase()}`] = value;
    const answer = await this.direct.sendRepeatable({
      method: 'PUT',
      path: pathOf(key),
      headers,
      body,
      expected: ifNoneMatch ? [200, 412] : [200],
    });
    if (answer) {
      answer.discard();
      return answer.status === 200;
    }
    await this.client.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: body,
        ContentType: contentType,
        ContentEncoding: contentEncoding,
        CacheControl: cacheControl,
        Metadata: metadata,
        IfNoneMatch: ifNoneMatch,
      }),
    );
    return true;
  }

  private async getWithSdk(key: string, IfNoneMatch?: string): Promise<StoredObject | 'unchanged'> {
    try {
      const got = await this.client.send(
        new GetObjectCommand({ Bucket: this.bucket, Key: key, IfNoneMatch }),
      );
      return {
        etag: withoutQuotes(got.ETag),
        size: got.ContentLength ?? 0,
        contentType: got.ContentType,
        contentEncoding: got.ContentEncoding,
        lastModified: got.LastModified,
        metadata: got.Metadata ?? {},
        stream: got.Body as Readable,
      };
    } catch (error) {
      if (hasStatus(error, 304)) return 'unchanged';
      throw error;
    }
  }
}

function openAnswer(answer: Answer): StoredObject {
  const { headers } = answer;
  return {
    etag: withoutQuotes(headers.etag),
    size: Number(headers['content-length'] ?? 0),
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'],
    lastModified: headers['last-modified'] ? new Date(headers['last-modified']) : undefined,
    metadata: metadataOf(answer),
    stream: verifiedBody(answer),
  };
}

function metadataOf({ headers }: Answer): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith(METADATA)) metadata[name.slice(METADATA.length)] = value;
  return metadata;
}

function crc32Of(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
}

function pathOf(key: string): string {
  return `/${key.split('/').map(extendedEncodeURIComponent).join('/')}`;
}

function withoutQuotes(etag = ''): string {
  return etag.replaceAll('"', '');
}
