import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { StoredObject } from '../folder/folder';
import { OpenFile } from '../folder/open-file';
import { discard } from '../folder/own-files';
import { handler, oneOf, wholeNumber } from '../parameters';
import { checksumAlgorithm, createChecksum, type Digests, digest, toBase64 } from '../protocol/checksums';
import { s3Error } from '../protocol/errors';
import { declaredChecksums, MAX_PUT_BYTES, receive, receiveDocument } from '../protocol/payload';
import { readXml, sendXml, several, single } from '../protocol/xml';
import type { Exchange } from '../request';
import { writeCondition } from './conditions';
import { checksumElements, metadataOf, sendWritten } from './metadata';
import { copyContent } from './objects';
import { etagOf, MAX_PARTS, type Part, type Upload } from './upload';
import { partsQuery, sendParts, sendUploads, uploadsQuery } from './upload-listing';

/** Least bytes that any part but the last may have: 5 MiB. */
const MIN_PART_BYTES = 5 * 1024 ** 2;

const partNumber = wholeNumber(1, MAX_PARTS);
const createHeaders = {
  'x-amz-checksum-algorithm': checksumAlgorithm.optional(),
  'x-amz-checksum-type': oneOf('COMPOSITE', 'FULL_OBJECT').optional(),
};
const copyHeaders = { 'x-amz-copy-source-range': z.string().optional() };
const completeHeaders = { 'x-amz-mp-object-size': wholeNumber(0, MAX_PARTS * MAX_PUT_BYTES).optional() };

const checksum = single(z.string()).optional();
const listedPart = z.strictObject({
  PartNumber: single(
    z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number),
  ),
  ETag: single(z.string()),
  ChecksumCRC32: checksum,
  ChecksumCRC32C: checksum,
  ChecksumCRC64NVME: checksum,
  ChecksumMD5: checksum,
  ChecksumSHA1: checksum,
  ChecksumSHA256: checksum,
});
const completion = z.strictObject({ Part: several(listedPart, MAX_PARTS) });

/** Multipart uploads live as long as this process; their parts are files of the bucket's workspace. */
export class MultipartUploads {
  readonly #uploads = new Map<string, Upload>();
  #made = 0;

  #find({ bucket, key, query }: Exchange): Upload {
    const UploadId = query.get('uploadId');
    const upload = this.#uploads.get(UploadId ?? '');
    if (upload?.bucket === bucket && upload.key === key) return upload;
    throw s3Error('NoSuchUpload', { UploadId });
  }

  create = handler({ headers: createHeaders }, ({ bucket, key, headers, response }, parameters) => {
    const { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': wanted } = parameters;
    const type = wanted ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
    if (wanted && !algorithm) {
      const Message =
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.';
      throw s3Error('InvalidRequest', { Message });
    }
    // User guide, "Checking object integrity": which algorithms have a checksum of the whole, or of the parts'.
    const isPossible = type === 'FULL_OBJECT' ? /^CRC/.test(algorithm ?? '') : algorithm !== 'CRC64NVME';
    if (algorithm && !isPossible) {
      const Message = `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`;
      throw s3Error('InvalidRequest', { Message });
    }
    const id = `${String(this.#made++).padStart(8, '0')}-${randomUUID()}`;
    const initiated = new Date();
    const upload: Upload = { id, bucket, key, initiated, headers: metadataOf(headers), parts: new Map() };
    if (algorithm) {
      Object.assign(upload, { algorithm, checksumType: type });
      response.setHeader('x-amz-checksum-algorithm', algorithm);
      response.setHeader('x-amz-checksum-type', type);
    }
    this.#uploads.set(upload.id, upload);
    sendXml(response, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: upload.id });
  });

  /** Keeps a part; the same number again replaces it. */
  async #keep(
    exchange: Exchange,
    number: number,
    fill: (wanted: string[]) => Promise<Omit<Part, 'number' | 'uploaded'>>,
  ): Promise<Part> {
    const upload = this.#find(exchange);
    const filled = await fill(upload.algorithm ? [upload.algorithm] : []);
    const part = { ...filled, number, uploaded: new Date() };
    const replaced = upload.parts.get(number)?.path;
    upload.parts.set(number, part);
    if (replaced) discard(replaced);
    // An upload that ended meanwhile keeps none.
    if (!this.#uploads.has(upload.id)) discard(part.path);
    return part;
  }

  uploadPart = handler({ query: { partNumber } }, async (exchange, parameters) => {
    const { folder, response } = exchange;
    const part = await this.#keep(exchange, parameters.partNumber, (wanted) =>
      folder.workspace.write((write) => receive(exchange, write, wanted)),
    );
    sendWritten(response, { ...part, etag: etagOf(part) });
  });

  uploadPartCopy = handler({ query: { partNumber }, headers: copyHeaders }, async (exchange, parameters) => {
    const range = parameters['x-amz-copy-source-range'];
    const part = await this.#keep(exchange, parameters.partNumber, (wanted) =>
      copyContent(exchange, () => wanted, range),
    );
    const [ETag, LastModified] = [`"${etagOf(part)}"`, part.uploaded.toISOString()];
    sendXml(exchange.response, 'CopyPartResult', { ETag, LastModified, ...checksumElements(part) });
  });

  complete = handler({ headers: completeHeaders }, async (exchange, parameters) => {
    const { folder, bucket, key, headers, response } = exchange;
    const upload = this.#find(exchange);
    const condition = writeCondition(headers, key);
    // Its checksum header is the whole object's, not that of this document.
    const declared = declaredChecksums(headers);
    const document = await receiveDocument(exchange, false);
    const parts = chooseParts(upload.parts, readXml(document, 'CompleteMultipartUpload', completion).Part);
    const size = parts.reduce((total, part) => total + part.size, 0);
    if ((parameters['x-amz-mp-object-size'] ?? size) !== size) {
      const Message = `The parts have ${size} bytes, and x-amz-mp-object-size says otherwise.`;
      throw s3Error('InvalidRequest', { Message });
    }
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
    const isOpen = (current: StoredObject | undefined) => {
      if (algorithm && (declared[algorithm] ?? checksums[algorithm]) !== checksums[algorithm]) {
        throw s3Error('BadDigest');
      }
      // Of two at once, the second one finds the upload gone.
      this.#find(exchange);
      condition(current);
    };
    await folder.commit(key, written, record, isOpen, () => this.#discard(upload));
    sendXml(response, 'CompleteMultipartUploadResult', {
      Location: `http://${headers.host}/${bucket}/${encodeURIComponent(key)}`,
      Bucket: bucket,
      Key: key,
      ETag: `"${etag}"`,
      ...checksumElements(record),
    });
  });

  abort = handler({}, (exchange) => {
    this.#discard(this.#find(exchange));
    exchange.response.writeHead(204).end();
  });

  list = handler({ query: uploadsQuery }, (exchange, query) =>
    sendUploads(exchange, this.#uploads.values(), query),
  );

  listParts = handler({ query: partsQuery }, (exchange, query) =>
    sendParts(exchange, this.#find(exchange), query),
  );

  #discard(upload: Upload): void {
    this.#uploads.delete(upload.id);
    for (const { path } of upload.parts.values()) discard(path);
  }
}

/**
 * The parts that a CompleteMultipartUpload document lists, in its order. Throws InvalidPartOrder, InvalidPart and
 * EntityTooSmall.
 */
function chooseParts(parts: Map<number, Part>, listed: z.output<typeof completion>['Part']): Part[] {
  const chosen: Part[] = [];
  for (const { PartNumber, ETag, ...checksums } of listed) {
    const part = parts.get(PartNumber);
    if (PartNumber <= (chosen.at(-1)?.number ?? 0)) throw s3Error('InvalidPartOrder');
    const claimed: Record<string, string | undefined> = checksums;
    const isSame = Object.entries(part?.checksums ?? {}).every(([algorithm, value]) =>
      [undefined, value].includes(claimed[`Checksum${algorithm}`]),
    );
    if (!part || ETag.replace(/^"(.*)"$/, '$1') !== etagOf(part) || !isSame) {
      throw s3Error('InvalidPart', { PartNumber, ETag });
    }
    chosen.push(part);
  }
  const small = chosen.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (!small) return chosen;
  const [ProposedSize, PartNumber] = [small.size, small.number];
  throw s3Error('EntityTooSmall', { ProposedSize, MinSizeAllowed: MIN_PART_BYTES, PartNumber });
}

/** The content of the parts, one after the other. Throws InvalidPart if one is not what was uploaded. */
async function* contentOf(parts: Part[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const content = OpenFile.open(part);
    // Somebody has cleared the workspace, or put something else there.
    if (!content) throw s3Error('InvalidPart', { PartNumber: part.number });
    try {
      yield* content.read(0, part.size - 1);
    } finally {
      content.close();
    }
  }
}

/** Checksum of the parts' checksums, as S3 writes it: with their number behind it. */
async function compositeChecksum(algorithm: string, parts: Part[]): Promise<Digests> {
  const checksum = createChecksum(algorithm);
  for (const { checksums } of parts) checksum.update(Buffer.from(checksums[algorithm] ?? '', 'base64'));
  return { [algorithm]: `${toBase64(await checksum.digest())}-${parts.length}` };
}
