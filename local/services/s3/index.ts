import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorization, Caller, StreamingService } from '../../core/service';
import { notImplemented, s3Error, translateError } from './errors';
import { BucketFolder } from './folder';
import { listObjects } from './listing';
import { MultipartUploads } from './multipart';
import { copyObject, deleteObject, deleteObjects, getObject, putObject } from './objects';
import { type Handler, handler, readParameters } from './parameters';
import { type ObjectLocation, parseRequest, rejectUnsupported, type S3Request } from './request';
import { sendXml } from './xml';

export interface BucketOptions {
  /** It is made where it is not there. */
  folder: string;
  /** Account that owns it. Default: nobody asks. */
  owner?: string;
  region?: string;
  /** Whoever asks says that he pays, unless the bucket belongs to his account. */
  requesterPays?: boolean;
}

export interface S3Options {
  /** By name. */
  buckets: Record<string, BucketOptions>;
  /** Of the buckets that name none. */
  region: string;
  /** Of the callers. Default: that of each bucket. */
  account?: string;
  /**
   * Asks the caller's policies where only the course of a request shows what it needs: for each key of DeleteObjects,
   * and for `s3:ListBucket` where a key is missing, which S3 answers with 403 to those who may not list. Default: yes.
   */
  isAllowed?(caller: Caller, authorization: Authorization): boolean;
}

interface Operation extends Handler {
  /** As in the API reference. */
  name: string;
  /** IAM action (Service Authorization Reference, Amazon S3); default: the name. */
  action?: string;
}

/** Of an answer to HEAD without a length, as S3 sends it: without these, clients take the connection for one that ends with it. */
const BODILESS = { 'content-type': 'application/xml', 'transfer-encoding': 'chunked' };

/**
 * S3 on folders: a file in a bucket's folder is an object, and an object whose key reads as a path is that file. What
 * else S3 keeps of objects is in the hidden folder `.s3/` in each.
 */
export function createS3(options: S3Options): StreamingService & { close(): Promise<void> } {
  const created = new Date().toISOString();
  const names = Object.keys(options.buckets).sort();
  const folders = new Map(
    Object.entries(options.buckets).map(([name, { folder }]) => [name, new BucketFolder(folder)]),
  );
  const regionOf = (bucket: string) => options.buckets[bucket]?.region ?? options.region;
  /** As policies know it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html */
  const ownedBy = (bucket: string): Record<string, string> => {
    const owner = options.buckets[bucket]?.owner;
    return owner === undefined ? {} : { 's3:ResourceAccount': owner, 'aws:ResourceAccount': owner };
  };
  const on = (action: string, { bucket, key }: ObjectLocation): Authorization => ({
    action: `s3:${action}`,
    resources: [`arn:aws:s3:::${bucket}${key && `/${key}`}`],
    conditionKeys: ownedBy(bucket),
  });
  const uploads = new MultipartUploads();

  const listBuckets = handler({}, ({ response }) => {
    const buckets = names.map((name) => ({ Name: name, CreationDate: created }));
    sendXml(response, 'ListAllMyBucketsResult', { Owner: { ID: 'local' }, Buckets: { Bucket: buckets } });
  });
  const headBucket = handler({}, ({ response, bucket }) => {
    response.writeHead(200, { 'x-amz-bucket-region': regionOf(bucket), ...BODILESS }).end();
  });

  const operations: Record<string, Operation> = {
    'GET service': { name: 'ListBuckets', action: 'ListAllMyBuckets', ...listBuckets },
    'HEAD bucket': { name: 'HeadBucket', action: 'ListBucket', ...headBucket },
    'GET bucket list-type': { name: 'ListObjectsV2', action: 'ListBucket', ...listObjects },
    'POST bucket delete': { name: 'DeleteObjects', action: 'DeleteObject', ...deleteObjects },
    'GET object': { name: 'GetObject', ...getObject },
    'HEAD object': { name: 'HeadObject', action: 'GetObject', ...getObject },
    'PUT object': { name: 'PutObject', ...putObject },
    'PUT object copy': { name: 'CopyObject', action: 'PutObject', ...copyObject },
    'DELETE object': { name: 'DeleteObject', ...deleteObject },
    'POST object uploads': { name: 'CreateMultipartUpload', action: 'PutObject', ...uploads.create },
    'PUT object uploadId': { name: 'UploadPart', action: 'PutObject', ...uploads.uploadPart },
    'PUT object uploadId copy': { name: 'UploadPartCopy', action: 'PutObject', ...uploads.uploadPartCopy },
    'POST object uploadId': { name: 'CompleteMultipartUpload', action: 'PutObject', ...uploads.complete },
    'DELETE object uploadId': { name: 'AbortMultipartUpload', ...uploads.abort },
  };

  function folderOf(bucket: string): BucketFolder {
    const folder = folders.get(bucket);
    if (folder) return folder;
    throw s3Error('NoSuchBucket', { BucketName: bucket });
  }

  /** Throws AccessDenied where another account owns the bucket than the request expects, or where nobody pays. */
  function checkOwner({ bucket, headers }: S3Request): void {
    const expected = headers['x-amz-expected-bucket-owner'];
    const { owner, requesterPays } = options.buckets[bucket] ?? {};
    if (expected !== undefined && owner !== undefined && expected !== owner) throw s3Error('AccessDenied');
    const isStranger = options.account !== undefined && options.account !== owner;
    if (requesterPays && isStranger && headers['x-amz-request-payer'] !== 'requester')
      throw s3Error('AccessDenied');
  }

  function parse(message: IncomingMessage) {
    const request = parseRequest(message, names);
    const operation: Operation = operations[request.selector] ?? unknownOperation(request.selector, message);
    return { request, operation };
  }

  return {
    name: 's3',
    protocol: 'stream',
    operations: Object.values(operations).map(({ name }) => name),
    operation: (message) => parse(message).operation.name,
    regionOf(message) {
      try {
        return regionOf(parse(message).request.bucket);
      } catch {
        // Whoever has signed it is told what is wrong with it.
        return options.region;
      }
    },

    authorize(message) {
      const { request, operation } = parse(message);
      const { bucket, key, query, headers, source } = request;
      const { name, action = name } = operation;
      // Where there is somebody to ask, each key is asked for as it comes.
      if (name === 'DeleteObjects') return options.isAllowed ? [] : [on(action, { bucket, key: '*' })];
      if (key) {
        const needed = [on(action, request)];
        if (source) return [on('GetObject', source), ...needed];
        // A write that depends on the present ETag tells something about the object, so it takes the right to read it.
        return headers['if-match'] && action !== 'GetObject' ? [...needed, on('GetObject', request)] : needed;
      }
      const given = ['prefix', 'delimiter', 'max-keys'].filter((each) => query.has(each));
      const conditionKeys = Object.fromEntries(given.map((each) => [`s3:${each}`, query.get(each) ?? '']));
      const resources = [bucket ? `arn:aws:s3:::${bucket}` : '*'];
      return [{ action: `s3:${action}`, resources, conditionKeys: { ...conditionKeys, ...ownedBy(bucket) } }];
    },

    async handle(message, response, { caller, verifyChunk }) {
      identify(response);
      try {
        const { request, operation } = parse(message);
        rejectUnsupported(request);
        const parameters = readParameters(operation, request.query, request.headers);
        const isAllowed = (action: string, location: ObjectLocation) =>
          options.isAllowed?.(caller, on(action, location)) ?? true;
        const folder = folderOf(request.bucket || (names[0] ?? ''));
        checkOwner(request);
        const exchange = { ...request, folder, folderOf, message, verifyChunk, response, isAllowed };
        await operation.run(exchange, parameters);
      } catch (error) {
        throw translateError(error);
      }
    },

    renderError({ code: Code, message: Message, statusCode, members }, message, response) {
      const RequestId = identify(response);
      const Resource = message.url?.split('?')[0];
      if (message.method === 'HEAD') response.writeHead(statusCode, BODILESS).end();
      else sendXml(response, 'Error', { Code, Message, ...members, Resource, RequestId }, statusCode);
    },

    async close() {
      for (const folder of folders.values()) folder.close();
    },
  };
}

/** An operation that is not implemented, with a name made from the request: `GetBucketAcl`. */
function unknownOperation(selector: string, { method, url }: IncomingMessage): Operation {
  const words = selector.replace(/^\w+/, (verb) => verb.toLowerCase()).split(/[^A-Za-z]+/);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const unimplemented = handler({}, () => {
    throw notImplemented(`${name}: ${method} ${url}`);
  });
  return { name, ...unimplemented };
}

/** Gives an answer the id that S3 gives to each. */
function identify(response: ServerResponse): string {
  const id = response.getHeader('x-amz-request-id') ?? randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', id);
  return String(id);
}
