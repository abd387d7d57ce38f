import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorization, Caller, StreamContext, StreamingService } from '../../core/service';
import type { BucketOptions } from './bucket-options';
import { BucketFolder } from './folder/folder';
import { bucketReads } from './operations/bucket-settings';
import { createBucket, missingBucket } from './operations/create-bucket';
import { listBuckets } from './operations/list-buckets';
import { listObjects, listObjectsV2, listObjectVersions } from './operations/listing';
import { MultipartUploads } from './operations/multipart';
import { objectDetails } from './operations/object-details';
import { copyObject, deleteObject, deleteObjects, getObject, putObject } from './operations/objects';
import { checkVersion, versionedAction } from './operations/versions';
import { type Handler, handler, readParameters } from './parameters';
import { ACTIONS } from './protocol/actions';
import { notImplemented, s3Error, translateError } from './protocol/errors';
import { sendXml } from './protocol/xml';
import { type Exchange, locationOf, type ObjectLocation, parseRequest, type S3Request } from './request';
import { rejectUnsupported } from './unsupported';

export type { BucketOptions } from './bucket-options';

export interface S3Options {
  /** By name. */
  buckets: Record<string, BucketOptions>;
  /** Region of the buckets that name none. */
  region: string;
  /** Account of the callers. Default: that of each bucket. */
  account?: string;
  /**
   * Asks the caller's policies if only the course of a request shows what it needs: for each key of DeleteObjects, and
   * for `s3:ListBucket` if a key is missing, which S3 answers with 403 to those who may not list. Default: yes.
   */
  isAllowed?(caller: Caller, authorization: Authorization): boolean;
}

/** Of an answer to HEAD without a length, as S3 sends it: without these, clients take the connection for one that ends with it. */
const BODILESS = { 'content-type': 'application/xml', 'transfer-encoding': 'chunked' };

/**
 * S3 on folders: a file in a bucket's folder is an object, and an object whose key reads as a path is that file. What
 * else S3 keeps of objects is in the hidden folder `.s3/` in each.
 */
export function createS3(options: S3Options): StreamingService & { close(): Promise<void> } {
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

  const isOwn = (bucket: string) =>
    options.account === undefined || options.buckets[bucket]?.owner === options.account;
  const own = names.filter(isOwn).map((name) => ({ name, region: regionOf(name) }));
  const headBucket = handler({}, ({ response, bucket }) => {
    response.writeHead(200, { 'x-amz-bucket-region': regionOf(bucket), ...BODILESS }).end();
  });
  const handlers: Record<string, Handler> = {
    ...bucketReads,
    ...objectDetails,
    ListBuckets: listBuckets(options.account, own),
    CreateBucket: createBucket(isOwn),
    HeadBucket: headBucket,
    ListObjects: listObjects,
    ListObjectsV2: listObjectsV2,
    ListObjectVersions: listObjectVersions,
    GetObject: getObject,
    HeadObject: getObject,
    PutObject: putObject,
    CopyObject: copyObject,
    DeleteObject: deleteObject,
    DeleteObjects: deleteObjects,
    CreateMultipartUpload: uploads.create,
    UploadPart: uploads.uploadPart,
    UploadPartCopy: uploads.uploadPartCopy,
    ListMultipartUploads: uploads.list,
    ListParts: uploads.listParts,
    CompleteMultipartUpload: uploads.complete,
    AbortMultipartUpload: uploads.abort,
  };

  function folderOf(bucket: string, operation = ''): BucketFolder {
    const folder = folders.get(bucket);
    if (folder) return folder;
    throw missingBucket(operation, bucket);
  }

  /** Throws AccessDenied if another account owns a bucket than the request expects, or if nobody pays. */
  function checkOwners({ bucket, source, headers }: S3Request): void {
    const expectations = [
      [bucket, headers['x-amz-expected-bucket-owner']],
      [source?.bucket, headers['x-amz-source-expected-bucket-owner']],
    ] as const;
    for (const [name, expected] of expectations) {
      const { owner, requesterPays } = options.buckets[name ?? ''] ?? {};
      if (expected !== undefined && owner !== undefined && expected !== owner) throw s3Error('AccessDenied');
      const isStranger = options.account !== undefined && options.account !== owner;
      if (requesterPays && isStranger && headers['x-amz-request-payer'] !== 'requester')
        throw s3Error('AccessDenied');
    }
  }

  /** The permissions that a request needs. */
  function authorizationsOf(request: S3Request): Authorization[] {
    const { operation, bucket, key, query, headers, source } = request;
    const action = versionedAction(ACTIONS[operation] ?? operation, request);
    // If there is somebody to ask, each key is asked for as it comes.
    if (operation === 'DeleteObjects') return options.isAllowed ? [] : [on(action, { bucket, key: '*' })];
    if (key) {
      const needed = [on(action, request)];
      if (source) return [on(versionedAction('GetObject', source), source), ...needed];
      // Attributes tell what a HEAD would.
      if (operation === 'GetObjectAttributes')
        return [on(versionedAction('GetObject', request), request), ...needed];
      // A write that depends on the present ETag tells something about the object, so it takes the right to read it.
      return headers['if-match'] && !action.startsWith('Get')
        ? [...needed, on('GetObject', request)]
        : needed;
    }
    const given = ['prefix', 'delimiter', 'max-keys'].filter((each) => query.has(each));
    const conditionKeys = Object.fromEntries(given.map((each) => [`s3:${each}`, query.get(each) ?? '']));
    const resources = [bucket ? `arn:aws:s3:::${bucket}` : '*'];
    return [{ action: `s3:${action}`, resources, conditionKeys: { ...conditionKeys, ...ownedBy(bucket) } }];
  }

  async function handle(
    message: IncomingMessage,
    request: S3Request,
    response: ServerResponse,
    { caller, verifyChunk }: Pick<StreamContext, 'caller' | 'verifyChunk'>,
  ): Promise<void> {
    identify(response);
    try {
      const { operation, bucket, query, headers } = request;
      const operator = handlers[operation];
      if (!operator) throw notImplemented(`${operation}: ${message.method} ${message.url}`);
      rejectUnsupported(request);
      checkVersion(operation, request.versionId);
      const parameters = readParameters(operator, query, headers);
      const isAllowed = (action: string, location: ObjectLocation) =>
        options.isAllowed?.(caller, on(action, location)) ?? true;
      const folder = folderOf(bucket || (names[0] ?? ''), operation);
      checkOwners(request);
      const exchange: Exchange = {
        operation,
        bucket,
        key: request.key,
        versionId: request.versionId,
        query,
        headers,
        source: request.source,
        folder,
        folderOf,
        bucketOptions: options.buckets[bucket] as BucketOptions,
        region: regionOf(bucket),
        message,
        verifyChunk,
        response,
        isAllowed,
      };
      await operator.run(exchange, parameters);
    } catch (error) {
      throw translateError(error);
    }
  }

  return {
    name: 's3',
    protocol: 'stream',
    operations: Object.keys(handlers),
    regionOf(message) {
      try {
        return regionOf(locationOf(message, names).bucket);
      } catch {
        // The error tells the signer what is wrong.
        return options.region;
      }
    },

    read(message) {
      const request = parseRequest(message, names);
      return {
        operation: request.operation,
        authorizations: authorizationsOf(request),
        handle: (response, context) => handle(message, request, response, context),
      };
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

/** Gives an answer the id that S3 gives to each: 16 digits. */
function identify(response: ServerResponse): string {
  const given = response.getHeader('x-amz-request-id');
  if (given !== undefined) return String(given);
  const uuid = randomUUID();
  const id = (uuid.slice(0, 8) + uuid.slice(-8)).toUpperCase();
  response.setHeader('x-amz-request-id', id);
  return id;
}
