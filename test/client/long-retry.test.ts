/** Requests that wait, from a real client to the local cloud. */

import { Readable } from 'node:stream';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListActivitiesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { LongRetry, type LongRetryOptions, type WaitReason, waitReasonOf } from '../../client/long-retry';
import { DropConnection } from '../../local/core/gateway';
import { ServiceError } from '../../local/core/service';
import { bootFixture } from '../local/support/fixture-stack';
import { failure } from '../support/failure';

const throttled = () => new ServiceError('ThrottlingException', 'Rate exceeded');
const away = () => new DropConnection();

describe('the long retry', () => {
  let cloud: Awaited<ReturnType<typeof bootFixture>>;
  /** Errors of the next requests. All later requests are answered. */
  let errors: Error[] = [];
  let requests = 0;
  let told: WaitReason[];
  let longRetry: LongRetry;
  let client: SFNClient;

  before(async () => {
    cloud = await bootFixture(
      {},
      {
        intercept() {
          requests += 1;
          const error = errors.shift();
          if (error) throw error;
        },
      },
    );
  });
  after(() => cloud.close());
  afterEach(() => client.destroy());

  const connect = (options: LongRetryOptions = {}) => {
    errors = [];
    told = [];
    longRetry = new LongRetry({ onWait: (reason) => told.push(reason), ...options });
    client = new SFNClient({ ...cloud.clientConfig, maxAttempts: 1 });
    longRetry.attach(client);
    requests = 0;
  };
  const request = () => client.send(new ListActivitiesCommand({}));

  it('waits during throttling, and reports that once', async () => {
    connect();
    errors = [throttled(), throttled(), new ServiceError('TooManyRequestsException', 'Too many', 429)];
    expect((await request()).activities).to.deep.equal([]);
    expect(requests).to.equal(4);
    expect(told.map(({ kind, operation, error }) => [kind, operation, error.name])).to.deep.equal([
      ['throttled', 'ListActivities', 'ThrottlingException'],
    ]);
    expect(longRetry.throttledAt).to.be.above(0);
    errors = [throttled()];
    await request();
    expect(told).to.have.length(2);
  });

  it('waits for a network and a service that have answered before', async () => {
    connect();
    await request();
    errors = [away(), new ServiceError('InternalFailure', 'broken', 500), away()];
    await request();
    expect(requests).to.equal(5);
    expect(told.map(({ kind }) => kind)).to.deep.equal(['away']);
  });

  it('does not wait for a service that has never answered', async () => {
    connect();
    errors = [away()];
    expect((await failure(request())).message).to.match(/socket hang up|ECONNRESET/);
    expect([requests, told.length]).to.deep.equal([1, 0]);
  });

  it('gives up if it has had no answer for too long, but not while it is throttled', async () => {
    connect({ awaySeconds: 0 });
    errors = [throttled(), throttled(), away()];
    await failure(request());
    expect(requests).to.equal(3);
  });

  it('throws any other error at once', async () => {
    connect();
    errors = [new ServiceError('ExpiredTokenException', 'expired')];
    expect(await failure(request())).to.have.property('name', 'ExpiredTokenException');
    expect([requests, told.length]).to.deep.equal([1, 0]);
  });

  it('ends its waits when the client is closed', async () => {
    connect({ onWait: () => longRetry.close() });
    errors = [throttled(), throttled()];
    await failure(request());
    expect(requests).to.equal(1);
  });

  it('sends a stream only once', async () => {
    connect();
    await request();
    const s3 = new S3Client({ ...cloud.clientConfig, maxAttempts: 1 });
    longRetry.attach(s3);
    errors = [new ServiceError('SlowDown', 'slow down', 503)];
    const put = { Bucket: String(cloud.outputs.bucket_name), Key: 'a', ContentLength: 1 };
    expect(
      await failure(s3.send(new PutObjectCommand({ ...put, Body: Readable.from(['a']) }))),
    ).to.have.property('name', 'SlowDown');
    errors = [new ServiceError('SlowDown', 'slow down', 503)];
    await s3.send(new PutObjectCommand({ ...put, Body: 'a' }));
    s3.destroy();
  });

  it('recognizes throttling by every error name of AWS', () => {
    for (const name of [
      'ThrottlingException',
      'TooManyRequestsException',
      'RequestLimitExceeded',
      'Throttling',
      'SlowDown',
    ]) {
      expect(waitReasonOf(Object.assign(new Error(), { name })), name).to.equal('throttled');
    }
    for (const code of [
      'ENOTFOUND',
      'EAI_AGAIN',
      'ECONNREFUSED',
      'ECONNRESET',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'ENETUNREACH',
    ]) {
      expect(waitReasonOf(Object.assign(new Error(), { code })), code).to.equal('away');
    }
    expect([waitReasonOf(new Error('other')), waitReasonOf('text')]).to.deep.equal([undefined, undefined]);
  });
});
