import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createChecksum, FULL_OBJECT } from './checksums';
import { chooseParts, compositeChecksum, contentOf, etagOf, type Part } from './completion';
import { writeCondition } from './conditions';
import { copyContent, writeFileWith } from './content';
import { withSource } from './copy';
import { s3Error } from './errors';
import { checksumElements, checksumHeaders, metadataOf } from './headers';
import { toBytes } from './keys';
import type { Exchange } from './operation';
import { checkChecksum, type Digested, declaredChecksum, receive, receiveDocument } from './payload';
import { parseRange } from './read';
import { integer } from './request';
import { parseXml, sendXml } from './xml';

const MOST_PARTS = 10_000;

interface Upload {
  /** Sorts by the time of its initiation. */
  id: string;
  bucket: string;
  key: string;
  initiated: Date;
  headers: Record<string, string>;
  algorithm?: string;
  checksumType?: 'COMPOSITE' | 'FULL_OBJECT';
  parts: Map<number, Part>;
}

const algorithmsOf = ({ algorithm }: Upload) => (algorithm ? [algorithm] : []);

function partNumber(query: URLSearchParams): number {
  const number = integer(query, 'partNumber', 0, 1);
  if (number >= 1 && number <= MOST_PARTS) return number;
  throw s3Error('InvalidArgument', `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`);
}

/** Multipart uploads live as long as this process; their parts are files of the bucket's workspace. */
export class MultipartUploads {
  readonly #uploads = new Map<string, Upload>();

  #find({ bucket, key, query }: Exchange): Upload {
    const upload = this.#uploads.get(query.get('uploadId') ?? '');
    if (upload?.bucket === bucket && upload.key === key) return upload;
    const message =
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
    throw s3Error('NoSuchUpload', message, { UploadId: query.get('uploadId') });
  }

  create = async ({ bucket, key, headers, response }: Exchange): Promise<void> => {
    const algorithm = headers['x-amz-checksum-algorithm']?.toString().toUpperCase();
    if (algorithm) createChecksum(algorithm);
    const initial = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
    const type = headers['x-amz-checksum-type'] ?? initial;
    const possible = type === 'FULL_OBJECT' ? FULL_OBJECT.test(algorithm ?? '') : algorithm !== 'CRC64NVME';
    if (algorithm && !possible) {
      throw s3Error(
        'InvalidRequest',
        `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
      );
    }
    const upload: Upload = {
      id: `${Date.now().toString(36)}-${randomUUID()}`,
      bucket,
      key,
      initiated: new Date(),
      headers: metadataOf(headers),
      ...(algorithm ? { algorithm, checksumType: type as Upload['checksumType'] } : {}),
      parts: new Map(),
    };
    this.#uploads.set(upload.id, upload);
    if (algorithm) {
      response.setHeader('x-amz-checksum-algorithm', algorithm);
      response.setHeader('x-amz-checksum-type', String(type));
    }
    sendXml(response, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: upload.id });
  };

  async #keep(
    upload: Upload,
    number: number,
    path: string,
    { size, md5, checksums }: Digested,
  ): Promise<Part> {
    const replaced = upload.parts.get(number);
    const part = { number, path, size, md5, checksums, lastModified: new Date() };
    upload.parts.set(number, part);
    // The same number again replaces the part; an upload that ended meanwhile keeps none.
    if (replaced) await rm(replaced.path, { force: true });
    if (!this.#uploads.has(upload.id)) await rm(path, { force: true });
    return part;
  }

  uploadPart = async (exchange: Exchange): Promise<void> => {
    const { folder, message, response } = exchange;
    const upload = this.#find(exchange);
    const number = partNumber(exchange.query);
    const path = await folder.workspace.newFile();
    const digested = await writeFileWith(path, (write) =>
      receive(message, write, { algorithms: algorithmsOf(upload) }),
    );
    const part = await this.#keep(upload, number, path, digested);
    response
      .writeHead(200, { etag: `"${etagOf(part)}"`, ...checksumHeaders(part), 'content-length': 0 })
      .end();
  };

  uploadPartCopy = async (exchange: Exchange): Promise<void> => {
    const { folder, query, headers, response } = exchange;
    const upload = this.#find(exchange);
    const number = partNumber(query);
    await withSource(exchange, async ({ size }, read) => {
      const wanted = headers['x-amz-copy-source-range']?.toString();
      const { start, end } = parseRange(wanted, size) ?? { start: 0, end: size - 1 };
      const path = await folder.workspace.newFile();
      const part = await this.#keep(
        upload,
        number,
        path,
        await copyContent(read(start, end), path, algorithmsOf(upload)),
      );
      sendXml(response, 'CopyPartResult', {
        ETag: `"${etagOf(part)}"`,
        LastModified: part.lastModified.toISOString(),
        ...checksumElements(part),
      });
    });
  };

  complete = async (exchange: Exchange): Promise<void> => {
    const { folder, bucket, key, headers, message, response } = exchange;
    const upload = this.#find(exchange);
    const condition = writeCondition(headers, key);
    // Its checksum header is the whole object's, not that of this document.
    const document = await receiveDocument(message, { isChecked: false });
    const parts = chooseParts(upload.parts, parseXml(document, 'CompleteMultipartUpload').Part);
    const { algorithm, checksumType } = upload;
    const temporary = await folder.workspace.newFile();
    const isWhole = algorithm && checksumType === 'FULL_OBJECT';
    const whole = await copyContent(contentOf(parts), temporary, isWhole ? [algorithm] : []);
    const etag = `${createHash('md5')
      .update(Buffer.concat(parts.map(({ md5 }) => md5)))
      .digest('hex')}-${parts.length}`;
    let checksums: Record<string, string> = {};
    if (algorithm)
      checksums = isWhole ? whole.checksums : { [algorithm]: await compositeChecksum(algorithm, parts) };
    const record = { etag, headers: upload.headers, ...(algorithm ? { checksums, checksumType } : {}) };
    const declared = declaredChecksum(headers);
    await folder.commit(key, temporary, record, (current) => {
      if (declared && algorithm) checkChecksum(declared.algorithm, declared.value, checksums);
      // Of two at once, whoever comes second finds the upload gone.
      this.#find(exchange);
      condition(current);
      this.#uploads.delete(upload.id);
    });
    await this.#discard(upload);
    const location = `http://${headers.host}/${bucket}/${encodeURIComponent(key)}`;
    const elements = { Location: location, Bucket: bucket, Key: key, ETag: `"${etag}"` };
    sendXml(response, 'CompleteMultipartUploadResult', {
      ...elements,
      ...checksumElements({ checksums, checksumType }),
    });
  };

  async #discard(upload: Upload): Promise<void> {
    this.#uploads.delete(upload.id);
    for (const { path } of upload.parts.values()) await rm(path, { force: true });
  }

  abort = async (exchange: Exchange): Promise<void> => {
    await this.#discard(this.#find(exchange));
    exchange.response.writeHead(204).end();
  };

  listParts = async (exchange: Exchange): Promise<void> => {
    const { query, bucket, key, response } = exchange;
    const upload = this.#find(exchange);
    const [marker, limit] = [
      integer(query, 'part-number-marker', 0),
      Math.min(integer(query, 'max-parts', 1000), 1000),
    ];
    const remaining = [...upload.parts.values()]
      .filter(({ number }) => number > marker)
      .sort((one, other) => one.number - other.number);
    const page = remaining.slice(0, limit);
    sendXml(response, 'ListPartsResult', {
      Bucket: bucket,
      Key: key,
      UploadId: upload.id,
      PartNumberMarker: marker,
      NextPartNumberMarker: page.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: page.length < remaining.length,
      ChecksumAlgorithm: upload.algorithm,
      ChecksumType: upload.checksumType,
      StorageClass: 'STANDARD',
      Part: page.map((part) => ({
        PartNumber: part.number,
        LastModified: part.lastModified.toISOString(),
        ETag: `"${etagOf(part)}"`,
        Size: part.size,
        ...checksumElements(part),
      })),
    });
  };

  listUploads = async ({ query, bucket, response }: Exchange): Promise<void> => {
    const [prefix, limit] = [query.get('prefix') ?? '', Math.min(integer(query, 'max-uploads', 1000), 1000)];
    const after = [toBytes(query.get('key-marker') ?? ''), query.get('upload-id-marker') ?? '\uffff'].join(
      '\0',
    );
    const place = ({ key, id }: Upload) => [toBytes(key), id].join('\0');
    const remaining = [...this.#uploads.values()]
      .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix) && place(upload) > after)
      .sort((one, other) => (place(one) < place(other) ? -1 : 1));
    const page = remaining.slice(0, limit);
    sendXml(response, 'ListMultipartUploadsResult', {
      Bucket: bucket,
      Prefix: prefix,
      MaxUploads: limit,
      IsTruncated: page.length < remaining.length,
      NextKeyMarker: page.at(-1)?.key,
      NextUploadIdMarker: page.at(-1)?.id,
      Upload: page.map(({ key, id, initiated }) => ({
        Key: key,
        UploadId: id,
        Initiated: initiated.toISOString(),
      })),
    });
  };
}
