import { createHash, randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createChecksum, type Digests, digest, hexOf, toBase64, wantedAlgorithm } from './checksums';
import { namesETag, writeCondition } from './conditions';
import { s3Error } from './errors';
import { fileOf, readContent } from './folder';
import { checksumElements, metadataOf, sendWritten } from './metadata';
import { copyContent } from './objects';
import { ABSENT, codeOf, discard, READ_FILE } from './own-files';
import { declaredChecksums, type Received, receive, receiveDocument } from './payload';
import { type Exchange, integer } from './request';
import type { Written } from './workspace';
import { parseXml, sendXml } from './xml';

/** Least bytes that any part but the last may have: 5 MiB. */
const SMALLEST_PART = 5 * 1024 ** 2;
const MOST_PARTS = 10_000;

interface Part extends Received, Written {
  number: number;
}

interface Upload {
  id: string;
  bucket: string;
  key: string;
  headers: Record<string, string>;
  /** Of the checksum that the object gets; none where the client named none. */
  algorithm?: string;
  checksumType?: 'COMPOSITE' | 'FULL_OBJECT';
  parts: Map<number, Part>;
}

const etagOf = ({ digests }: Part): string => hexOf(digests.MD5);

/** Multipart uploads live as long as this process; their parts are files of the bucket's workspace. */
export class MultipartUploads {
  readonly #uploads = new Map<string, Upload>();

  #find({ bucket, key, query }: Exchange): Upload {
    const UploadId = query.get('uploadId');
    const upload = this.#uploads.get(UploadId ?? '');
    if (upload?.bucket === bucket && upload.key === key) return upload;
    throw s3Error('NoSuchUpload', { UploadId });
  }

  create = ({ bucket, key, headers, response }: Exchange): void => {
    const algorithm = wantedAlgorithm(headers);
    if (algorithm) createChecksum(algorithm);
    const type = headers['x-amz-checksum-type'] ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
    // User guide, "Checking object integrity": which algorithms have a checksum of the whole, or of the parts'.
    const isPossible = type === 'FULL_OBJECT' ? /^CRC/.test(algorithm ?? '') : algorithm !== 'CRC64NVME';
    if (algorithm && !isPossible) {
      const Message = `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`;
      throw s3Error('InvalidRequest', { Message });
    }
    const upload: Upload = { id: randomUUID(), bucket, key, headers: metadataOf(headers), parts: new Map() };
    if (algorithm) {
      Object.assign(upload, { algorithm, checksumType: type });
      response.setHeader('x-amz-checksum-algorithm', algorithm);
      response.setHeader('x-amz-checksum-type', type);
    }
    this.#uploads.set(upload.id, upload);
    sendXml(response, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: upload.id });
  };

  /** Keeps a part; the same number again replaces it. */
  async #keep(exchange: Exchange, fill: (wanted: string[]) => Promise<Omit<Part, 'number'>>): Promise<Part> {
    const upload = this.#find(exchange);
    const number = integer(exchange.query, 'partNumber', '0', 1, MOST_PARTS);
    const part = { ...(await fill(upload.algorithm ? [upload.algorithm] : [])), number };
    const replaced = upload.parts.get(number)?.path;
    upload.parts.set(number, part);
    if (replaced) discard(replaced);
    // An upload that ended meanwhile keeps none.
    if (!this.#uploads.has(upload.id)) discard(part.path);
    return part;
  }

  uploadPart = async (exchange: Exchange): Promise<void> => {
    const { folder, response } = exchange;
    const part = await this.#keep(exchange, (wanted) =>
      folder.workspace.write((write) => receive(exchange, write, wanted)),
    );
    sendWritten(response, { ...part, etag: etagOf(part) });
  };

  uploadPartCopy = async (exchange: Exchange): Promise<void> => {
    const part = await this.#keep(exchange, (wanted) => copyContent(exchange, () => wanted));
    const [ETag, LastModified] = [`"${etagOf(part)}"`, new Date().toISOString()];
    sendXml(exchange.response, 'CopyPartResult', { ETag, LastModified, ...checksumElements(part) });
  };

  complete = async (exchange: Exchange): Promise<void> => {
    const { folder, bucket, key, headers, message, response } = exchange;
    const upload = this.#find(exchange);
    const condition = writeCondition(headers, key);
    // Its checksum header is the whole object's, not that of this document.
    const declared = declaredChecksums(message);
    const document = await receiveDocument(exchange, false);
    const parts = chooseParts(upload.parts, parseXml(document, 'CompleteMultipartUpload').Part);
    const { algorithm, checksumType } = upload;
    const isWhole = checksumType === 'FULL_OBJECT';
    const written = await folder.workspace.write((write) =>
      digest(contentOf(parts), write, algorithm && isWhole ? [algorithm] : []),
    );
    const checksums = algorithm && !isWhole ? await compositeChecksum(algorithm, parts) : written.digests;
    const hash = createHash('md5');
    for (const part of parts) hash.update(etagOf(part), 'hex');
    const etag = `${hash.digest('hex')}-${parts.length}`;
    const record = { etag, headers: upload.headers, ...(algorithm && { checksums, checksumType }) };
    folder.commit(key, written, record, (current) => {
      if (algorithm && (declared[algorithm] ?? checksums[algorithm]) !== checksums[algorithm]) {
        throw s3Error('BadDigest');
      }
      // Of two at once, whoever comes second finds the upload gone.
      this.#find(exchange);
      condition(current);
    });
    this.#discard(upload);
    sendXml(response, 'CompleteMultipartUploadResult', {
      Location: `http://${headers.host}/${bucket}/${encodeURIComponent(key)}`,
      Bucket: bucket,
      Key: key,
      ETag: `"${etag}"`,
      ...checksumElements(record),
    });
  };

  abort = (exchange: Exchange): void => {
    this.#discard(this.#find(exchange));
    exchange.response.writeHead(204).end();
  };

  #discard(upload: Upload): void {
    this.#uploads.delete(upload.id);
    for (const { path } of upload.parts.values()) discard(path);
  }
}

/**
 * The parts that a CompleteMultipartUpload document lists, in its order. Throws MalformedXML, InvalidPartOrder,
 * InvalidPart and EntityTooSmall.
 */
function chooseParts(parts: Map<number, Part>, listed: unknown): Part[] {
  if (!Array.isArray(listed)) throw s3Error('MalformedXML');
  const chosen: Part[] = [];
  for (const { PartNumber, ETag, ...rest } of listed) {
    const part = parts.get(Number(PartNumber));
    if (Number(PartNumber) <= (chosen.at(-1)?.number ?? 0)) throw s3Error('InvalidPartOrder');
    const isSame = Object.entries(part?.checksums ?? {}).every(([algorithm, value]) =>
      [undefined, value].includes(rest[`Checksum${algorithm}`]),
    );
    if (!part || !namesETag(String(ETag), etagOf(part)) || !isSame) {
      throw s3Error('InvalidPart', { PartNumber, ETag });
    }
    chosen.push(part);
  }
  const small = chosen.slice(0, -1).find(({ size }) => size < SMALLEST_PART);
  if (!small) return chosen;
  const [ProposedSize, PartNumber] = [small.size, small.number];
  throw s3Error('EntityTooSmall', { ProposedSize, MinSizeAllowed: SMALLEST_PART, PartNumber });
}

/** The content of the parts, one after the other. Throws InvalidPart where one is not what was uploaded. */
async function* contentOf(parts: Part[]): AsyncGenerator<Buffer> {
  for (const { path, file, number, size } of parts) {
    const content = await open(path, READ_FILE).catch((error) => {
      if (!ABSENT.includes(codeOf(error))) throw error;
    });
    try {
      // Somebody has cleared the workspace, or put something else there.
      if (!content || fileOf(content) !== file) throw s3Error('InvalidPart', { PartNumber: number });
      yield* readContent(content, file, 0, size - 1);
    } finally {
      await content?.close();
    }
  }
}

/** Checksum of the parts' checksums, as S3 writes it: with their number behind it. */
async function compositeChecksum(algorithm: string, parts: Part[]): Promise<Digests> {
  const checksum = createChecksum(algorithm);
  for (const { checksums } of parts) checksum.update(Buffer.from(checksums[algorithm] ?? '', 'base64'));
  return { [algorithm]: `${toBase64(await checksum.digest())}-${parts.length}` };
}
