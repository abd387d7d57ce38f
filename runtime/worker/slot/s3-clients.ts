import type { OnReadOpts, Socket } from 'node:net';
import { RequestHandler } from '../../aws/request-handler';
import type { BucketAccesses } from '../../s3/bucket-access';
import { S3Clients } from '../../s3/clients';
import { SLOT_CONNECTIONS } from '../../slot-limits';

/** Most bytes of one read. Node.js itself reads 64 KiB: a large object then goes through HTTP's parser and the streams in many small pieces. */
const READ_BYTES = 2 ** 20;

/**
 * A slot's ways to S3: 5 attempts of the SDK at a request, 60 s for each. The processor's own client has connections of its own, since it
 * may send any number of requests.
 */
export function createS3Clients(buckets: BucketAccesses): Pick<S3Clients, 'own' | 'store'> {
  // Until the answer begins. A body may then pause as long as the processor takes: the object's deadline ends it.
  const timeouts = { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true };
  const agent = { maxSockets: SLOT_CONNECTIONS, onread: inLargeReads() };
  const { own } = new S3Clients({ maxAttempts: 5, requestHandler: timeouts }, buckets);
  const requestHandler = new RequestHandler({ ...timeouts, httpAgent: agent, httpsAgent: agent });
  const objects = new S3Clients({ maxAttempts: 5, requestHandler }, buckets);
  return { own, store: (bucket) => objects.store(bucket) };
}

/** One buffer serves all connections: what is in it is copied before the next read. */
function inLargeReads(): OnReadOpts {
  return {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback(this: Socket, bytes: number, buffer: Uint8Array) {
      return this.push(Buffer.from(buffer.subarray(0, bytes)));
    },
  };
}
