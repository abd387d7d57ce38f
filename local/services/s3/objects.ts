import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { ServiceError } from '../../core/service';
import { algorithmOfHeader, checksumAlgorithm, type Digests, digest, hexOf, only } from './checksums';
import { mayRead, writeCondition } from './conditions';
import { notImplemented, s3Error, translateError } from './errors';
import { readContent, type StoredObject } from './folder';
import { LONGEST_KEY } from './keys';
import { checksumElements, checksumHeaders, metadataOf, objectHeaders, sendWritten } from './metadata';
import { handler, oneOf } from './parameters';
import { receive, receiveDocument } from './payload';
import type { Exchange, ObjectLocation } from './request';
import type { ObjectRecord } from './sidecars';
import { assertReadable, STORAGE_CLASS } from './storage-class';
import { readXml, sendXml, several, single } from './xml';

/** Opens an object for as long as it is used. That it is not there S3 tells only those who may list the bucket. */
async function withObject<T>(
  { folderOf, isAllowed }: Exchange,
  { bucket, key: Key }: ObjectLocation,
  use: (object: StoredObject, read: (start: number, end: number) => AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const opened = await folderOf(bucket).open(Key);
  if (!opened)
    throw isAllowed('ListBucket', { bucket, key: '' })
      ? s3Error('NoSuchKey', { Key })
      : s3Error('AccessDenied');
  const { object, content } = opened;
  try {
    return await use(object, (start, end) => readContent(content, object.file, start, end));
  } finally {
    await content.close();
  }
}

/**
 * First and last byte of the one range that a Range header asks for; none where it is not of that form, which S3 answers
 * with the whole object. Throws InvalidRange.
 */
function parseRange(header: string | undefined, size: number): [number, number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first + last === '' || (first && last && Number(last) < Number(first))) return undefined;
  const start = first ? Number(first) : Math.max(size - Number(last), 0);
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1;
  if (start <= end) return [start, end];
  throw s3Error('InvalidRange', { RangeRequested: header, ActualObjectSize: size });
}

const readHeaders = { range: z.string().optional(), 'x-amz-checksum-mode': oneOf('ENABLED').optional() };

/** GetObject, and HeadObject, which is the same without the content. */
export const getObject = handler({ headers: readHeaders }, (exchange, parameters) =>
  withObject(exchange, exchange, async (object, read) => {
    const { headers, message, response } = exchange;
    const described = objectHeaders(object);
    if (!mayRead(headers, object)) {
      const { etag, 'last-modified': lastModified } = described;
      response.writeHead(304, { etag, 'last-modified': lastModified }).end();
      return;
    }
    if (message.method !== 'HEAD') assertReadable(object);
    const range = parseRange(parameters.range, object.size);
    const [start, end] = range ?? [0, object.size - 1];
    if (range) described['content-range'] = `bytes ${start}-${end}/${object.size}`;
    else if (parameters['x-amz-checksum-mode']) Object.assign(described, checksumHeaders(object));
    response.writeHead(range ? 206 : 200, { ...described, 'content-length': end - start + 1 });
    if (message.method === 'HEAD') response.end();
    else await pipeline(Readable.from(read(start, end)), response);
  }),
);

export const putObject = handler({}, async (exchange) => {
  const { folder, key, headers, response } = exchange;
  const condition = writeCondition(headers, key);
  const metadata = metadataOf(headers);
  const written = await folder.workspace.write((write) => receive(exchange, write));
  const { digests, checksums } = written;
  sendWritten(response, folder.commit(key, written, recordOf(digests, checksums, metadata), condition));
});

const recordOf = ({ MD5 }: Digests, checksums: Digests, headers: ObjectRecord['headers']): ObjectRecord => ({
  etag: hexOf(MD5),
  headers,
  ...(Object.keys(checksums).length > 0 && { checksums, checksumType: 'FULL_OBJECT' }),
});

/** First and last byte of a source, both of which it must have. Throws InvalidArgument. */
function parseSourceRange(header: string, size: number): [number, number] {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const [start, end] = [Number(first), Number(last)];
  if (start <= end && end < size) return [start, end];
  const Message = `The x-amz-copy-source-range value must be of the form bytes=first-last, within the ${size} bytes of the source`;
  const ArgumentName = 'x-amz-copy-source-range';
  throw s3Error('InvalidArgument', { Message, ArgumentName, ArgumentValue: header });
}

/** Copies what `x-amz-copy-source` names, or a range of it, into the workspace. */
export const copyContent = (
  exchange: Exchange,
  algorithmsOf: (original: StoredObject) => string[],
  range?: string,
) =>
  withObject(exchange, exchange.source ?? exchange, async (original, read) => {
    const { headers, folder } = exchange;
    if (!mayRead(headers, original, 'x-amz-copy-source-')) {
      throw s3Error('PreconditionFailed', { Condition: 'x-amz-copy-source-If-None-Match' });
    }
    assertReadable(original);
    const [start, end] =
      range === undefined ? [0, original.size - 1] : parseSourceRange(range, original.size);
    const content = read(start, end);
    const algorithms = algorithmsOf(original);
    const copy = await folder.workspace.write((write) => digest(content, write, ['MD5', ...algorithms]));
    return { ...copy, original, checksums: only(copy.digests, algorithms) };
  });

const copyHeaders = {
  'x-amz-metadata-directive': oneOf('COPY', 'REPLACE').default('COPY'),
  'x-amz-checksum-algorithm': checksumAlgorithm.optional(),
};

export const copyObject = handler({ headers: copyHeaders }, async (exchange, parameters) => {
  const { folder, bucket, key, headers, source, response } = exchange;
  const replaces = parameters['x-amz-metadata-directive'] === 'REPLACE';
  if (!replaces && source?.bucket === bucket && source.key === key) {
    throw s3Error('InvalidRequest', { Message: 'This would copy an object to itself unchanged.' });
  }
  const condition = writeCondition(headers, key);
  const metadata = metadataOf(headers);
  const wanted = parameters['x-amz-checksum-algorithm'];
  const copy = await copyContent(exchange, (each) => (wanted ? [wanted] : Object.keys(each.checksums ?? {})));
  const { original, digests, checksums } = copy;
  const record = recordOf(
    digests,
    checksums,
    replaces ? metadata : copiedHeaders(original.headers, metadata),
  );
  const object = folder.commit(key, copy, record, condition);
  const [ETag, LastModified] = [`"${object.etag}"`, object.lastModified.toISOString()];
  sendXml(response, 'CopyObjectResult', { ETag, LastModified, ...checksumElements(object) });
});

/** Metadata comes with the content; the storage class is the request's. */
function copiedHeaders(original: ObjectRecord['headers'], requested: ObjectRecord['headers']) {
  const { [STORAGE_CLASS]: _, ...kept } = original;
  const wanted = requested[STORAGE_CLASS];
  return wanted === undefined ? kept : { ...kept, [STORAGE_CLASS]: wanted };
}

export const deleteObject = handler({}, ({ folder, key, headers, response }) => {
  folder.remove(key, writeCondition(headers, key));
  response.writeHead(204).end();
});

const element = single(z.string());
const identifier = z.strictObject({
  Key: single(z.string().min(1)),
  ETag: element.optional(),
  VersionId: element.optional(),
  LastModifiedTime: element.optional(),
  Size: element.optional(),
});
const deletion = z.strictObject({
  Object: several(identifier, 1000),
  Quiet: single(z.enum(['true', 'false'])).optional(),
});

/** Each key succeeds or fails by itself, also where the caller may delete some of them only. */
export const deleteObjects = handler({}, async (exchange) => {
  const { folder, bucket, headers, response, isAllowed } = exchange;
  if (!headers['content-md5'] && !headers['x-amz-trailer'] && !Object.keys(headers).some(algorithmOfHeader)) {
    throw s3Error('InvalidRequest', { Message: 'Content-MD5 or an x-amz-checksum- header is required.' });
  }
  const { Object: objects, Quiet: quiet } = readXml(await receiveDocument(exchange), 'Delete', deletion);
  const deleted: object[] = [];
  const errors: object[] = [];
  for (const { Key, ETag, ...rest } of objects) {
    try {
      rejectConditions(rest);
      const Size = Buffer.byteLength(Key);
      if (Size > LONGEST_KEY) throw s3Error('KeyTooLongError', { Size, MaxSizeAllowed: LONGEST_KEY });
      if (!isAllowed('DeleteObject', { bucket, key: Key })) throw s3Error('AccessDenied');
      folder.remove(Key, writeCondition({ 'if-match': ETag }, Key));
      if (quiet !== 'true') deleted.push({ Key });
    } catch (error) {
      const reason = translateError(error);
      if (!(reason instanceof ServiceError)) throw error;
      errors.push({ Key, Code: reason.code, Message: reason.message });
    }
  }
  sendXml(response, 'DeleteResult', { Deleted: deleted, Error: errors });
});

/** Throws NotImplemented for what would otherwise delete more than was asked for. */
function rejectConditions({ VersionId, ...others }: Record<string, string | undefined>): void {
  if (VersionId !== undefined && VersionId !== 'null')
    throw notImplemented('versions of objects (VersionId)');
  const [name] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (name) throw notImplemented(`deletes on the condition of ${name}`);
}
