/** Reads of what S3 knows of an object beside its content. */
import * as z from 'zod';
import { handler } from '../parameters';
import { notImplemented, s3Error } from '../protocol/errors';
import { sendXml } from '../protocol/xml';
import { accessControlPolicy, tagging } from './bucket-settings';
import { checksumElements } from './metadata';
import { openObject } from './open-object';
import { storageClassOf } from './storage-class';

const getObjectAcl = handler({}, (exchange) =>
  openObject(exchange, exchange, async () =>
    sendXml(exchange.response, 'AccessControlPolicy', accessControlPolicy(exchange)),
  ),
);

/** No object has tags: requests that give some are refused. */
const getObjectTagging = handler({}, (exchange) =>
  openObject(exchange, exchange, async () => sendXml(exchange.response, 'Tagging', tagging({}))),
);

const lacksLock = handler({}, (exchange) =>
  openObject(exchange, exchange, async () => {
    throw s3Error('InvalidRequest', { Message: 'Bucket is missing Object Lock Configuration' });
  }),
);

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'ObjectSize', 'StorageClass'];
const attributes = z
  .string({ error: 'is missing' })
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((names) => names.every((each) => ATTRIBUTES.includes(each)), {
    error: `must be of ${ATTRIBUTES.join(', ')}`,
  });

const getObjectAttributes = handler(
  { headers: { 'x-amz-object-attributes': attributes } },
  (exchange, parameters) =>
    openObject(exchange, exchange, async (object) => {
      const wanted = parameters['x-amz-object-attributes'];
      if (wanted.includes('ObjectParts') && object.sidecar?.etag.includes('-'))
        throw notImplemented('the attribute ObjectParts of an object that was uploaded in parts');
      const { etag, size, lastModified, checksums } = object;
      const known: Record<string, unknown> = {
        ETag: etag,
        Checksum: checksums && checksumElements(object),
        StorageClass: storageClassOf(object),
        ObjectSize: size,
      };
      exchange.response.setHeader('last-modified', lastModified.toUTCString());
      const given = Object.entries(known).filter(([name]) => wanted.includes(name));
      sendXml(exchange.response, 'GetObjectAttributesResponse', Object.fromEntries(given));
    }),
);

export const objectDetails = {
  GetObjectAcl: getObjectAcl,
  GetObjectAttributes: getObjectAttributes,
  GetObjectLegalHold: lacksLock,
  GetObjectRetention: lacksLock,
  GetObjectTagging: getObjectTagging,
};
