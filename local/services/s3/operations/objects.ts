import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { SMALL_BYTES } from '../../../core/request-body';
import { ServiceError } from '../../../core/service';
import type { StoredObject } from '../folder/folder';
import { MAX_KEY_BYTES } from '../folder/keys';
import type { ObjectRecord } from '../folder/sidecars';
import { handler, oneOf } from '../parameters';
import {
  algorithmOfHeader,
  checksumAlgorithm,
  type Digests,
  digest,
  hexOf,
  only,
} from '../protocol/checksums';
import { notImplemented, s3Error, translateError } from '../protocol/errors';
import { receive, receiveDocument } from '../protocol/payload';
import { parseRange, parseSourceRange } from '../protocol/ranges';
import { readXml, sendXml, several, single } from '../protocol/xml';
import type { Exchange } from '../request';
import { mayRead, writeCondition } from './conditions';
import { checksumElements, checksumHeaders, metadataOf, objectHeaders, sendWritten } from './metadata';
import { openObject } from './open-object';
import { assertReadable, STORAGE_CLASS } from './storage-class';
import { isPresentVersion, isVersionId, versionedAction } from './versions';

/** Headers of the answer that its request may set: `response-content-type`. */
const overrides = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const readQuery = Object.fromEntries(
  overrides.map((name) => [
    `response-${name}`,
    z
      .string()
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/)
      .optional(),
  ]),
);
const readHeaders = { range: z.string().optional(), 'x-amz-checksum-mode': oneOf('ENABLED').optional() };

/** GetObject, and HeadObject, which is the same without the content. */
export const getObject = handler({ query: readQuery, headers: readHeaders }, (exchange, parameters) =>
  openObject(exchange, exchange, async (object, content) => {
    const { headers, query, message, response } = exchange;
    const described = objectHeaders(object);
    for (const name of overrides) {
      const value = query.get(`response-${name}`);
      if (value !== null) described[name] = value;
    }
    if (!mayRead(headers, object)) {
      const { etag, 'last-modified': lastModified } = described;
      response.writeHead(304, { etag, 'last-modified': lastModified }).end();
      return;
    }
    const isRead = message.method !== 'HEAD';
    if (isRead) assertReadable(object);
    const range = parseRange(parameters.range, object.size);
    const [start, end] = range ?? [0, object.size - 1];
    if (range) described['content-range'] = `bytes ${start}-${end}/${object.size}`;
    else if (parameters['x-amz-checksum-mode']) Object.assign(described, checksumHeaders(object));
    const length = end - start + 1;
    const small = isRead && length <= SMALL_BYTES ? content.readSmall(start, end) : undefined;
    response.writeHead(range ? 206 : 200, { ...described, 'content-length': length });
    if (small || !isRead) response.end(small);
    else await pipeline(Readable.from(content.read(start, end)), response);
  }),
);

export const putObject = handler({}, async (exchange) => {
  const { folder, key, headers, response } = exchange;
  const condition = writeCondition(headers, key);
  const metadata = metadataOf(headers);
  const written = await folder.workspace.write((write) => receive(exchange, write));
  const { digests, checksums } = written;
  sendWritten(response, await folder.commit(key, written, recordOf(digests, checksums, metadata), condition));
});

const recordOf = ({ MD5 }: Digests, checksums: Digests, headers: ObjectRecord['headers']): ObjectRecord => ({
  etag: hexOf(MD5),
  headers,
  ...(Object.keys(checksums).length > 0 && { checksums, checksumType: 'FULL_OBJECT' }),
});

/** Copies what `x-amz-copy-source` names, or a range of it, into the workspace. */
export const copyContent = (
  exchange: Exchange,
  algorithmsOf: (original: StoredObject) => string[],
  range?: string,
) =>
  openObject(exchange, exchange.source ?? exchange, async (original, file) => {
    const { headers, folder } = exchange;
    if (!mayRead(headers, original, 'x-amz-copy-source-')) {
      throw s3Error('PreconditionFailed', { Condition: 'x-amz-copy-source-If-None-Match' });
    }
    assertReadable(original);
    const [start, end] =
      range === undefined ? [0, original.size - 1] : parseSourceRange(range, original.size);
    const content = file.read(start, end);
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
  const object = await folder.commit(key, copy, record, condition);
  const [ETag, LastModified] = [`"${object.etag}"`, object.lastModified.toISOString()];
  sendXml(response, 'CopyObjectResult', { ETag, LastModified, ...checksumElements(object) });
});

/** Metadata comes with the content; the storage class is the request's. */
function copiedHeaders(original: ObjectRecord['headers'], requested: ObjectRecord['headers']) {
  const { [STORAGE_CLASS]: _, ...kept } = original;
  const wanted = requested[STORAGE_CLASS];
  return wanted === undefined ? kept : { ...kept, [STORAGE_CLASS]: wanted };
}

/** Deleting a version that does not exist succeeds, as S3 does, and deletes nothing. */
export const deleteObject = handler({}, ({ folder, key, versionId, headers, response }) => {
  if (isPresentVersion({ versionId })) folder.remove(key, writeCondition(headers, key));
  if (versionId !== undefined) response.setHeader('x-amz-version-id', versionId);
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

/** Each key succeeds or fails by itself, also if the caller may delete some of them only. */
export const deleteObjects = handler({}, async (exchange) => {
  const { folder, bucket, headers, response, isAllowed } = exchange;
  if (!headers['content-md5'] && !headers['x-amz-trailer'] && !Object.keys(headers).some(algorithmOfHeader)) {
    throw s3Error('InvalidRequest', { Message: 'Content-MD5 or an x-amz-checksum- header is required.' });
  }
  const { Object: objects, Quiet: quiet } = readXml(await receiveDocument(exchange), 'Delete', deletion);
  const deleted: object[] = [];
  const errors: object[] = [];
  for (const { Key, VersionId, ETag, ...conditions } of objects) {
    try {
      rejectConditions(conditions);
      const Size = Buffer.byteLength(Key);
      if (Size > MAX_KEY_BYTES) throw s3Error('KeyTooLongError', { Size, MaxSizeAllowed: MAX_KEY_BYTES });
      const action = versionedAction('DeleteObject', { versionId: VersionId });
      if (!isAllowed(action, { bucket, key: Key })) throw s3Error('AccessDenied');
      if (VersionId !== undefined && !isVersionId(VersionId)) throw s3Error('NoSuchVersion');
      if (isPresentVersion({ versionId: VersionId }))
        folder.remove(Key, writeCondition({ 'if-match': ETag }, Key));
      if (quiet !== 'true') deleted.push({ Key, VersionId });
    } catch (error) {
      const reason = translateError(error);
      if (!(reason instanceof ServiceError)) throw error;
      errors.push({ Key, VersionId, Code: reason.code, Message: reason.message });
    }
  }
  sendXml(response, 'DeleteResult', { Deleted: deleted, Error: errors });
});

/** Throws NotImplemented for what would otherwise delete more than was asked for. */
function rejectConditions(conditions: Record<string, string | undefined>): void {
  const [name] = Object.entries(conditions).find(([, value]) => value !== undefined) ?? [];
  if (name) throw notImplemented(`deletes on the condition of ${name}`);
}
