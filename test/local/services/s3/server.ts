import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  type DeleteObjectCommandOutput,
  GetObjectCommand,
  type GetObjectCommandInput,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../../local/core/service';
import { createS3, type S3Options } from '../../../../local/services/s3';

/** The bucket that every test server has. */
export const BUCKET = 'bucket';

/** Requests for objects of the bucket. `more`: further members of the input. */
interface ObjectRequests {
  /** `Body`: the key by default. */
  put(
    Key: string,
    Body?: PutObjectCommandInput['Body'],
    more?: Partial<PutObjectCommandInput>,
  ): Promise<PutObjectCommandOutput>;
  get(Key: string, more?: Partial<GetObjectCommandInput>): Promise<GetObjectCommandOutput>;
  /** The content of an object. */
  text(Key: string, more?: Partial<GetObjectCommandInput>): Promise<string>;
  head(Key: string, more?: Partial<HeadObjectCommandInput>): Promise<HeadObjectCommandOutput>;
  remove(Key: string, more?: Partial<DeleteObjectCommandInput>): Promise<DeleteObjectCommandOutput>;
  /** Keys of up to 1,000 objects. */
  keys(): Promise<string[]>;
}

export interface TestServer extends ObjectRequests {
  client: S3Client;
  endpoint: string;
  port: number;
  /** The permissions that each request so far needed, as `action resource condition…`. */
  needed: string[][];
  /** Requests that are being answered. */
  inFlight(): number;
  /** Names of the files of writes that have not ended, and of parts of uploads. */
  unfinished(): Promise<string[]>;
  /** Folder of the bucket: a new one, unless `options.buckets` names another. It is removed at the end. */
  folder: string;
  close(): Promise<void>;
}

const caller = { accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:user/local' };

/** The service behind plain HTTP, as the gateway serves it but without signatures, and a real client for it. */
export async function startServer(options: Partial<S3Options> = {}): Promise<TestServer> {
  const folder = options.buckets?.[BUCKET]?.folder ?? (await mkdtemp(join(tmpdir(), 's3-test-')));
  const s3 = createS3({ buckets: { [BUCKET]: { folder } }, region: 'us-east-1', ...options });
  const needed: string[][] = [];
  let inFlight = 0;
  const server = createServer(async (request, response) => {
    inFlight += 1;
    try {
      const { authorizations, handle } = s3.read(request);
      needed.push(
        authorizations.map(({ action, resources, conditionKeys = {} }) =>
          [action, ...resources, ...Object.entries(conditionKeys).flat()].join(' '),
        ),
      );
      await handle(response, { caller, signal: new AbortController().signal });
    } catch (error) {
      const known =
        error instanceof ServiceError ? error : new ServiceError('InternalError', String(error), 500);
      if (response.headersSent) response.destroy();
      else s3.renderError(known, request, response);
    } finally {
      inFlight -= 1;
    }
  });
  // A connection that the client is about to use again stays open, no matter how long that takes.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  return {
    client,
    endpoint,
    port,
    needed,
    inFlight: () => inFlight,
    unfinished: () => readdir(join(folder, '.s3/run')).catch(() => []),
    folder,
    ...objectRequests(client),
    async close() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function objectRequests(client: S3Client): ObjectRequests {
  const Bucket = BUCKET;
  const get: ObjectRequests['get'] = (Key, more) =>
    client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return {
    put: (Key, Body = Key, more = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more })),
    get,
    async text(Key, more) {
      return (await (await get(Key, more)).Body?.transformToString()) ?? '';
    },
    head: (Key, more) => client.send(new HeadObjectCommand({ Bucket, Key, ...more })),
    remove: (Key, more) => client.send(new DeleteObjectCommand({ Bucket, Key, ...more })),
    async keys() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
  };
}

/** Name and status of the error that a request ends with; `no error` if it ends with none. */
export async function errorOf(sent: Promise<unknown>): Promise<[string, number | undefined]> {
  const outcome = await sent.then(
    () => 'no error' as const,
    (error) => error,
  );
  if (outcome === 'no error') return [outcome, undefined];
  return [outcome.name, outcome.$metadata?.httpStatusCode];
}
