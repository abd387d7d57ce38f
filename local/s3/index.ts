import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Authorization, Caller, StreamingService } from '../service';
import { authorizationsOf } from './authorization';
import { copyObject } from './copy';
import { notImplemented, s3Error, translateError } from './errors';
import { BucketFolder } from './folder';
import { listObjects, listObjectsV2 } from './listing';
import { MultipartUploads } from './multipart';
import type { Exchange } from './operation';
import { getObject } from './read';
import { parseRequest, refuseUnsupported } from './request';
import { deleteObject, deleteObjects, putObject } from './write';
import { sendXml } from './xml';

export interface S3Options {
  /** Folder of each bucket, by the bucket's name. A folder that is not there is made. */
  buckets: Record<string, string>;
  region: string;
  /**
   * Asks the caller's policies where only the course of a request shows what it needs: for each key of DeleteObjects,
   * and for `s3:ListBucket` where a key is missing, which S3 answers with 403 to those who may not list. Default: yes.
   */
  isAllowed?(caller: Caller, authorization: Authorization): boolean;
}

/**
 * S3 on folders: a file in a bucket's folder is an object, and an object whose key reads as a path is that file. What
 * else S3 keeps of objects is in the hidden folder `.s3/` in each.
 */
export function createS3(options: S3Options): StreamingService & { close(): Promise<void> } {
  const created = new Date();
  const names = Object.keys(options.buckets);
  const folders = new Map(
    Object.entries(options.buckets).map(([name, path]) => [name, new BucketFolder(path)]),
  );
  const uploads = new MultipartUploads();

  const operations: Record<string, (exchange: Exchange) => Promise<void> | void> = {
    GetObject: getObject,
    HeadObject: getObject,
    PutObject: putObject,
    CopyObject: copyObject,
    DeleteObject: deleteObject,
    DeleteObjects: deleteObjects,
    ListObjects: listObjects,
    ListObjectsV2: listObjectsV2,
    CreateMultipartUpload: uploads.create,
    UploadPart: uploads.uploadPart,
    UploadPartCopy: uploads.uploadPartCopy,
    CompleteMultipartUpload: uploads.complete,
    AbortMultipartUpload: uploads.abort,
    ListParts: uploads.listParts,
    ListMultipartUploads: uploads.listUploads,
    HeadBucket: ({ response }) => {
      response.writeHead(200, { 'x-amz-bucket-region': options.region }).end();
    },
    GetBucketLocation: ({ response }) => {
      sendXml(response, 'LocationConstraint', {
        '#text': options.region === 'us-east-1' ? '' : options.region,
      });
    },
  };

  function listBuckets(response: ServerResponse): void {
    const buckets = names.sort().map((name) => ({ Name: name, CreationDate: created.toISOString() }));
    sendXml(response, 'ListAllMyBucketsResult', { Owner: { ID: 'local' }, Buckets: { Bucket: buckets } });
  }

  function folderOf(bucket: string): BucketFolder {
    const folder = folders.get(bucket);
    if (folder) return folder;
    throw s3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucket });
  }

  return {
    name: 's3',
    protocol: 'stream',
    operations: [...Object.keys(operations), 'ListBuckets'],
    operation: (message) => parseRequest(message, names).operation,

    authorize(message) {
      const request = parseRequest(message, names);
      // Where there is somebody to ask, each key is asked for as it comes.
      if (request.operation === 'DeleteObjects' && options.isAllowed) return [];
      return authorizationsOf(request);
    },

    async handle(message, response, { caller }) {
      identify(response);
      try {
        const request = parseRequest(message, names);
        if (request.operation === 'ListBuckets') return listBuckets(response);
        const run = operations[request.operation];
        if (!run) throw notImplemented(`${request.operation}: ${message.method} ${message.url}`);
        refuseUnsupported(request);
        const isAllowed = (authorization: Authorization) =>
          options.isAllowed?.(caller, authorization) ?? true;
        await run({ ...request, folder: folderOf(request.bucket), folderOf, message, response, isAllowed });
      } catch (error) {
        throw translateError(error);
      }
    },

    renderError(error, message, response) {
      // Too late for an error: a broken connection is the only way to say that what was sent is not all.
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const requestId = identify(response);
      const { code, statusCode, members } = error;
      if (message.method === 'HEAD') {
        response.writeHead(statusCode).end();
        return;
      }
      const resource = message.url?.split('?')[0];
      const document = {
        Code: code,
        Message: error.message,
        ...members,
        Resource: resource,
        RequestId: requestId,
      };
      sendXml(response, 'Error', document, statusCode);
    },

    async close() {
      for (const folder of folders.values()) await folder.close();
    },
  };
}

/** Gives an answer the ids that S3 gives to each. */
function identify(response: ServerResponse): string {
  const present = response.getHeader('x-amz-request-id');
  if (typeof present === 'string') return present;
  const id = randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', id);
  response.setHeader('x-amz-id-2', randomBytes(32).toString('base64'));
  return id;
}
