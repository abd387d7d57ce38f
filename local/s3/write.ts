import { ServiceError } from '../service';
import { algorithmOfHeader } from './checksums';
import { deleteCondition, writeCondition } from './conditions';
import { writeFileWith } from './content';
import { s3Error, translateError } from './errors';
import { checksumHeaders, metadataOf } from './headers';
import type { Exchange } from './operation';
import { receive, receiveDocument } from './payload';
import type { ObjectRecord } from './sidecars';
import { parseXml, sendXml } from './xml';

export async function putObject({ folder, key, headers, message, response }: Exchange): Promise<void> {
  const condition = writeCondition(headers, key);
  const metadata = metadataOf(headers);
  const temporary = await folder.workspace.newFile();
  const { md5, checksums } = await writeFileWith(temporary, (write) => receive(message, write));
  const record: ObjectRecord = { etag: md5.toString('hex'), headers: metadata };
  if (Object.keys(checksums).length > 0) Object.assign(record, { checksums, checksumType: 'FULL_OBJECT' });
  const object = await folder.commit(key, temporary, record, condition);
  response
    .writeHead(200, { etag: `"${object.etag}"`, ...checksumHeaders(object), 'content-length': 0 })
    .end();
}

export async function deleteObject({ folder, key, headers, response }: Exchange): Promise<void> {
  await folder.remove(key, deleteCondition(headers['if-match']));
  response.writeHead(204).end();
}

/** Each key succeeds or fails by itself, also where the caller may delete some of them only. */
export async function deleteObjects({
  folder,
  bucket,
  message,
  response,
  isAllowed,
}: Exchange): Promise<void> {
  const { headers } = message;
  if (!headers['content-md5'] && !headers['x-amz-trailer'] && !Object.keys(headers).some(algorithmOfHeader)) {
    throw s3Error(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  const { Object: objects, Quiet: quiet } = parseXml(await receiveDocument(message), 'Delete');
  if (!Array.isArray(objects) || objects.length > 1000)
    throw s3Error('MalformedXML', 'Give 1 to 1,000 objects.');
  const deleted: object[] = [];
  const errors: object[] = [];
  for (const { Key: key, ETag: etag } of objects) {
    try {
      const resource = `arn:aws:s3:::${bucket}/${key}`;
      if (!isAllowed({ action: 's3:DeleteObject', resources: [resource] }))
        throw s3Error('AccessDenied', 'Access Denied');
      await folder.remove(String(key), deleteCondition(etag));
      if (quiet !== 'true') deleted.push({ Key: key });
    } catch (error) {
      const reason = translateError(error);
      if (!(reason instanceof ServiceError)) throw error;
      errors.push({ Key: key, Code: reason.code, Message: reason.message });
    }
  }
  sendXml(response, 'DeleteResult', { Deleted: deleted, Error: errors });
}
