/** The requests for the objects of a bucket, as seen on the wire: direct ones, and those of the SDK after an unexpected answer. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { type S3ClientConfig, S3ServiceException } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { S3Clients } from '../../../runtime/s3/clients';
import { BUCKET, startFixture } from '../../local/core/gateway/fixture';
import { failure } from '../../support/failure';

type Answering = (response: ServerResponse, request: IncomingMessage) => unknown;

/** Base64, as S3 sends it. */
function crc32Of(content: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(content));
  return bytes.toString('base64');
}

describe('the objects of a bucket', () => {
  let server: Server;
  let config: S3ClientConfig;
  let clients: S3Clients;
  let requests: { request: IncomingMessage; body: Buffer }[];
  /** The answers to the requests, in order. The last one repeats for all that follow. */
  let answers: Answering[];
  before(async () => {
    server = createServer(async (request, response) => {
      requests.push({ request, body: await buffer(request) });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(response, request);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    config = {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' },
      maxAttempts: 2,
    };
    clients = new S3Clients(config, {
      theirs: { owner: '111122223333', region: 'eu-west-1', requesterPays: true },
    });
  });
  beforeEach(() => {
    requests = [];
    answers = [];
  });
  after(() => {
    clients.destroy();
    server.closeAllConnections();
    server.close();
  });

  const sent = (index = 0) => requests[index]?.request as IncomingMessage;
  const isDirect = ({ headers }: IncomingMessage) => headers['user-agent'] === 's3-batch-processor';
  const content = (body: string) => ({ body: Buffer.from(body), contentType: 'text/plain', metadata: {} });
  const error =
    (status: number, code: string, more: Record<string, string> = {}): Answering =>
    (response) =>
      response.writeHead(status, more).end(`<Error><Code>${code}</Code><Message>it is so</Message></Error>`);

  it('take one request each', async () => {
    const store = clients.store('own');
    answers = [(response) => response.writeHead(200, { 'x-amz-meta-one': '1', etag: '"e"' }).end()];
    expect(await store.head('a')).to.deep.equal({ one: '1' });
    answers = [
      (response) =>
        response
          .writeHead(200, {
            etag: '"e"',
            'content-length': 3,
            'content-type': 'text/csv',
            'content-encoding': 'br',
            'last-modified': 'Wed, 25 Nov 2026 10:00:00 GMT',
            'x-amz-meta-two': '2',
          })
          .end('abc'),
    ];
    const object = await store.get('a');
    if (object === 'unchanged') return expect.fail();
    const { stream, ...description } = object;
    expect(await text(stream)).to.equal('abc');
    expect(description).to.deep.equal({
      etag: 'e',
      size: 3,
      contentType: 'text/csv',
      contentEncoding: 'br',
      lastModified: new Date('2026-11-25T10:00:00Z'),
      metadata: { two: '2' },
    });
    answers = [(response) => response.writeHead(200, { etag: '"e"' }).end()];
    await store.put('a', { ...content('abc'), cacheControl: 'no-cache', metadata: { Three: '3' } });
    expect(requests.map(({ request: { method, url } }) => `${method} ${url}`)).to.deep.equal([
      'HEAD /own/a',
      'GET /own/a',
      'PUT /own/a',
    ]);
    expect(requests.every(({ request }) => isDirect(request))).to.equal(true);
    expect(requests[2]?.body.toString()).to.equal('abc');
    expect(sent(2).headers).to.include({
      'content-type': 'text/plain',
      'content-length': '3',
      'cache-control': 'no-cache',
      'x-amz-meta-three': '3',
      'x-amz-sdk-checksum-algorithm': 'CRC32',
      'x-amz-checksum-crc32': crc32Of('abc'),
      'x-amz-security-token': 't',
    });
    expect(sent(2).headers).to.not.have.any.keys('content-encoding', 'if-none-match');
    await store.put('a', { ...content('abc'), contentEncoding: 'gzip' });
    expect(sent(3).headers).to.include({ 'content-encoding': 'gzip' });
    expect(sent(3).headers).to.not.have.any.keys('cache-control');
  });

  it('have keys that are encoded once, their slashes kept', async () => {
    answers = [(response) => response.writeHead(404).end()];
    for (const key of ["a b/ü+?#%&'()*!.txt", '/x//', '..'])
      expect(await clients.store('own').head(key)).to.equal(undefined);
    expect(requests.map(({ request }) => request.url)).to.deep.equal([
      '/own/a%20b/%C3%BC%2B%3F%23%25%26%27%28%29%2A%21.txt',
      '/own//x//',
      '/own/..',
    ]);
  });

  it('say whether an object exists, or has changed, without a second request', async () => {
    const store = clients.store('own');
    answers = [(response) => response.writeHead(404).end()];
    expect(await store.head('a')).to.equal(undefined);
    answers = [(response) => response.writeHead(304).end()];
    expect(await store.get('a', 'e')).to.equal('unchanged');
    expect(sent(1).headers['if-none-match']).to.equal('"e"');
    answers = [error(412, 'PreconditionFailed')];
    expect(await store.putIfNew('a', content('x'))).to.deep.equal({ isNew: false });
    expect(sent(2).headers['if-none-match']).to.equal('*');
    answers = [(response) => response.writeHead(200).end()];
    expect(await store.putIfNew('a', content('x'))).to.deep.equal({ isNew: true });
    expect(requests).to.have.length(4);
  });

  it('name owner, region and payer of a bucket that has them', async () => {
    answers = [(response) => response.writeHead(200).end()];
    const store = clients.store('theirs');
    await store.head('a');
    await store.get('a');
    await store.put('a', content('x'));
    for (const { request } of requests) {
      expect(isDirect(request)).to.equal(true);
      expect(request.headers).to.include({
        'x-amz-expected-bucket-owner': '111122223333',
        'x-amz-request-payer': 'requester',
      });
      expect(request.headers.authorization).to.match(/Credential=a\/\d{8}\/eu-west-1\/s3\//);
    }
  });

  it('are requested by the SDK if the answer is unexpected', async () => {
    const store = clients.store('own');
    answers = [error(503, 'SlowDown'), (response) => response.writeHead(200, { 'x-amz-meta-a': 'b' }).end()];
    expect(await store.head('a')).to.deep.equal({ a: 'b' });
    expect(requests.map(({ request }) => isDirect(request))).to.deep.equal([true, false]);
    answers = [error(404, 'NoSuchKey')];
    expect(await failure(store.get('a')))
      .to.be.instanceOf(S3ServiceException)
      .and.include({ name: 'NoSuchKey' });
    answers = [error(403, 'AccessDenied')];
    expect(await failure(store.put('a', content('x')))).to.include({ name: 'AccessDenied' });
    expect(await failure(store.putIfNew('a', content('x')))).to.include({ name: 'AccessDenied' });
    answers = [error(500, 'InternalError'), error(412, 'PreconditionFailed')];
    expect(await store.putIfNew('a', content('x'))).to.deep.equal({ isNew: false });
    answers = [error(500, 'InternalError'), (response) => response.writeHead(200).end()];
    expect(await store.putIfNew('a', content('x'))).to.deep.equal({ isNew: true });
    answers = [error(500, 'InternalError'), (response) => response.writeHead(304).end()];
    expect(await store.get('a', 'e')).to.equal('unchanged');
    answers = [error(500, 'InternalError'), (response) => response.writeHead(404).end()];
    expect(await store.head('a')).to.equal(undefined);
    answers = [error(403, 'AccessDenied')];
    expect(await failure(store.head('a'))).to.have.nested.property('$metadata.httpStatusCode', 403);
  });

  it('are signed as S3 requires, for any key', async () => {
    const gateway = await startFixture();
    const own = new S3Clients(gateway.client);
    const store = own.store(BUCKET);
    const key = 'a b/ü+%//x';
    await store.put(key, { ...content('abc'), metadata: { One: '1' } });
    expect(await store.head(key)).to.deep.equal({ one: '1' });
    const object = await store.get(key);
    expect(object !== 'unchanged' && (await text(object.stream))).to.equal('abc');
    // One request each: S3 refused none of them, so the SDK did not sign any again.
    expect(gateway.served).to.have.length(3);
    own.destroy();
    await gateway.close();
  });

  it('are requested by the SDK if the connection breaks off', async () => {
    answers = [
      (response) => response.destroy(),
      (response) =>
        response.writeHead(200, { 'content-length': 1, etag: '"e"', 'x-amz-meta-a': 'b' }).end('x'),
    ];
    const object = await clients.store('own').get('a');
    expect(object !== 'unchanged' && (await text(object.stream))).to.equal('x');
    expect(object).to.deep.include({ etag: 'e', size: 1, metadata: { a: 'b' } });
    expect(requests.map(({ request }) => isDirect(request))).to.deep.equal([true, false]);
  });

  it("follow the clock of S3 once the SDK has seen that the machine's clock is wrong", async () => {
    const late = new Date(Date.now() + 3_600_000).toUTCString();
    const ofClock: Answering = (response, request) => {
      const [, date = ''] = /^(\d{8}T\d{2})/.exec(String(request.headers['x-amz-date'])) ?? [];
      const [, right] = /^(\d{8}T\d{2})/.exec(new Date(late).toISOString().replace(/[-:]/g, '')) ?? [];
      if (date === right) response.writeHead(404, { date: late }).end();
      else error(403, 'RequestTimeTooSkewed', { date: late })(response, request);
    };
    const own = new S3Clients(config);
    answers = [ofClock];
    await failure(own.store('own').get('a'));
    requests = [];
    expect(await own.store('own').head('a')).to.equal(undefined);
    expect(requests).to.have.length(1);
    own.destroy();
  });

  it('are checked against the checksum that S3 has stored', async () => {
    const get = async (headers: Record<string, string>) => {
      answers = [(response) => response.writeHead(200, { 'content-length': 3, ...headers }).end('abc')];
      const object = await clients.store('own').get('a');
      return object === 'unchanged' ? expect.fail() : text(object.stream);
    };
    expect(await get({ 'x-amz-checksum-crc32': crc32Of('abc') })).to.equal('abc');
    expect(sent().headers['x-amz-checksum-mode']).to.equal('ENABLED');
    expect((await failure(get({ 'x-amz-checksum-crc32': crc32Of('abd') }))).message).to.match(
      /^Checksum mismatch/,
    );
    const sha256 = 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';
    expect(await get({ 'x-amz-checksum-sha256': sha256 })).to.equal('abc');
    expect((await failure(get({ 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' }))).message).to.match(
      /^Checksum mismatch/,
    );
    // The checksum of a multipart upload is computed from those of its parts.
    expect(await get({ 'x-amz-checksum-crc32': `${crc32Of('x')}-2` })).to.equal('abc');
  });
});
