import { checkCopySource, writeCondition } from './conditions';
import { copyContent, readContent } from './content';
import { s3Error } from './errors';
import type { StoredObject } from './folder';
import { checksumElements, metadataOf } from './headers';
import { type Exchange, missing } from './operation';
import { copySource } from './request';
import type { ObjectRecord } from './sidecars';
import { sendXml } from './xml';

/** Opens what `x-amz-copy-source` names, under its conditions, for as long as it is used. */
export async function withSource(
  exchange: Exchange,
  use: (object: StoredObject, read: (start: number, end: number) => AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const source = copySource(exchange.headers);
  const opened = await exchange.folderOf(source.bucket).open(source.key);
  if (!opened) throw missing(exchange, source.bucket, source.key);
  const { object, content } = opened;
  try {
    checkCopySource(exchange.headers, object);
    await use(object, (start, end) => readContent(content, object.file, start, end));
  } finally {
    await content.close();
  }
}

export async function copyObject(exchange: Exchange): Promise<void> {
  const { folder, bucket, key, headers, response } = exchange;
  const source = copySource(headers);
  const replaces = headers['x-amz-metadata-directive'] === 'REPLACE';
  if (!replaces && source.bucket === bucket && source.key === key) {
    const message =
      'This copy request is illegal because it is trying to copy an object to itself unchanged.';
    throw s3Error('InvalidRequest', message);
  }
  const condition = writeCondition(headers, key);
  await withSource(exchange, async (original, read) => {
    const wanted = headers['x-amz-checksum-algorithm']?.toString().toUpperCase();
    const algorithms = wanted ? [wanted] : Object.keys(original.checksums ?? {});
    const temporary = await folder.workspace.newFile();
    const { md5, checksums } = await copyContent(read(0, original.size - 1), temporary, algorithms);
    const metadata = replaces ? metadataOf(headers) : original.headers;
    const record: ObjectRecord = { etag: md5.toString('hex'), headers: metadata };
    if (algorithms.length > 0) Object.assign(record, { checksums, checksumType: 'FULL_OBJECT' });
    const object = await folder.commit(key, temporary, record, condition);
    sendXml(response, 'CopyObjectResult', {
      ETag: `"${object.etag}"`,
      LastModified: object.lastModified.toISOString(),
      ...checksumElements(object),
    });
  });
}
