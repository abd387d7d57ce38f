import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { BUCKET, type Fixture, headLines, sign, startFixture } from './fixture';

const TARGET = { 'x-amz-target': 'ECS.ListTasks', 'content-type': 'application/x-amz-json-1.1' };
const UNKNOWN_KEY =
  'AWS4-HMAC-SHA256 Credential=AKIANONE/20260101/eu-west-1/ecs/aws4_request, SignedHeaders=host;x-amz-target, Signature=00';

describe("the gateway's connections", () => {
  let fixture: Fixture;

  before(async () => {
    fixture = await startFixture();
  });
  after(() => fixture.close());
  beforeEach(() => fixture.served.splice(0));

  const ask = async (...head: string[]) => {
    const connection = await fixture.open();
    const answer = await connection.send(head).answer();
    connection.destroy();
    return answer;
  };
  const listTasks = async (body = '{}') => {
    const headers = await sign(fixture, { service: 'ecs', headers: TARGET, body });
    return headLines('POST /', { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  };

  it('serve clients that name this machine', async () => {
    const [, port] = fixture.host.split(':');
    for (const name of ['127.0.0.1', 'localhost', 'LocalHost', '[::1]', `${BUCKET}.localhost`]) {
      const answer = await ask('GET /key HTTP/1.1', `Host: ${name}:${port}`);
      expect(answer?.body, name).to.contain('<Code>AccessDenied</Code>');
    }
    expect((await ask('GET /_route/x HTTP/1.1', `Host: ${fixture.host}`))?.body).to.equal('route');
  });

  it('serve no page in a browser, under any host name and for any request', async () => {
    const [, port] = fixture.host.split(':');
    const good = `Host: ${fixture.host}`;
    const foreign = [
      ['Host: evil.example'],
      [`Host: evil.example:${port}`],
      [`Host: 127.0.0.1.evil.example:${port}`],
      [`Host: localhost.evil.example:${port}`],
      [`Host: evil.example#localhost:${port}`],
      [`Host: notlocalhost:${port}`],
      ['Host: 127.0.0.1'],
      ['Host: localhost:1'],
      [`Host: 0.0.0.0:${port}`],
      ['Host:'],
      [good, `Host: evil.example:${port}`],
      [good, 'Origin: https://evil.example'],
      [good, 'Origin: null'],
      [good, 'Origin:'],
      [good, `Origin: http://${fixture.host}`],
      [`Host: evil.example:${port}`, 'Connection: Upgrade', 'Upgrade: websocket'],
      [good, 'Origin: https://evil.example', 'Connection: Upgrade', 'Upgrade: websocket'],
      [good, 'Origin: https://evil.example', 'Expect: 100-continue', 'Content-Length: 5'],
    ];
    for (const headers of foreign) {
      for (const request of [
        'GET /',
        'GET /_route/x',
        `PUT /${BUCKET}/key`,
        'POST /',
        'OPTIONS /',
        'OPTIONS *',
      ]) {
        const answer = await ask(`${request} HTTP/1.1`, ...headers);
        expect(answer?.status, `${request} ${headers}`).to.be.oneOf([400, 403]);
        expect(answer?.head.toLowerCase()).to.not.contain('access-control');
        expect(answer?.head.toLowerCase()).to.contain('connection: close');
      }
    }
    expect((await ask('GET /_route/x HTTP/1.0'))?.status).to.equal(403);
    expect((await ask(`GET http://${fixture.host}/_route/x HTTP/1.1`, good))?.status).to.equal(403);
    expect(await ask(`CONNECT ${fixture.host} HTTP/1.1`, good)).to.equal(undefined);
    expect(fixture.served).to.deep.equal([]);
  });

  it('answer the next request after one that is too large', async () => {
    const connection = await fixture.open();
    const body = Buffer.alloc(9 * 1024 ** 2, ' ');
    const headers = await sign(fixture, { service: 'ecs', headers: TARGET, body });
    for (let round = 0; round < 2; round++) {
      connection.send(headLines('POST /', { ...headers, 'content-length': String(body.length) }), body);
      expect(await connection.answer()).to.include({ status: 413 });
      connection.send(await listTasks(), '{}');
      expect((await connection.answer())?.status).to.equal(200);
    }
    const signed = headLines('POST /', { ...headers, 'transfer-encoding': 'chunked' });
    connection.send(signed, `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    expect(await connection.answer()).to.include({ status: 413 });
    const unsigned = ['POST / HTTP/1.1', `Host: ${fixture.host}`, 'Transfer-Encoding: chunked'];
    connection.send(unsigned, `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    expect(await connection.answer()).to.include({ status: 403 });
    connection.send(await listTasks(), '{}');
    expect((await connection.answer())?.status).to.equal(200);
    connection.destroy();
  });

  it('answer before they read a body if the signer is unknown, and end if the body does not come', async () => {
    const connection = await fixture.open();
    const head = {
      host: fixture.host,
      ...TARGET,
      authorization: UNKNOWN_KEY,
      'x-amz-date': '20260101T000000Z',
    };
    connection.send(headLines('POST /', { ...head, 'content-length': '6000000' }), 'the beginning');
    const answer = await connection.answer();
    expect(answer?.body).to.contain('UnrecognizedClientException');
    expect(answer?.head.toLowerCase()).to.contain('connection: close');
    await connection.closed();
  });

  it('accept a body that waits for 100-continue, if the request is allowed', async () => {
    const connection = await fixture.open();
    const body = '{"cluster":"waited"}';
    connection.send([...(await listTasks(body)), 'expect: 100-continue']);
    expect((await connection.answer())?.status).to.equal(100);
    expect((await connection.write(body).answer())?.body).to.equal(body);
    const put = {
      method: 'PUT',
      path: `/${BUCKET}/key`,
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    };
    const headers = await sign(fixture, { service: 's3', ...put });
    const length = { 'content-length': '5', expect: '100-continue' };
    connection.send(headLines(`PUT ${put.path}`, { ...headers, ...length }));
    expect((await connection.answer())?.status).to.equal(100);
    expect((await connection.write('hello').answer())?.status).to.equal(200);
    connection.send(headLines(`PUT ${put.path}`, { ...headers, ...length, authorization: UNKNOWN_KEY }));
    expect((await connection.answer())?.status).to.equal(400);
    await connection.closed();
  });

  it('keep a connection after a 404 of S3', async () => {
    const connection = await fixture.open();
    for (const method of ['HEAD', 'GET', 'HEAD', 'DELETE', 'HEAD']) {
      const request = {
        method,
        path: `/${BUCKET}/missing`,
        headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      };
      const headers = await sign(fixture, { service: 's3', ...request });
      connection.send(headLines(`${method} ${request.path}`, headers));
      // The answer to a HEAD announces a body that does not come.
      const answer = await connection.answer();
      expect(answer?.status).to.equal(method === 'DELETE' ? 204 : 404);
    }
    connection.destroy();
  });

  it('serve the next request of an SDK after any answer of S3', async () => {
    let connections = 0;
    const count = () => {
      connections += 1;
    };
    subscribe('net.server.socket', count);
    const client = new S3Client({ ...fixture.client, requestHandler: { httpAgent: { maxSockets: 1 } } });
    const [Bucket, Key] = [BUCKET, 'kept'];
    const statusOf = (sent: Promise<{ $metadata: { httpStatusCode?: number } }>) =>
      sent.then(
        ({ $metadata }) => $metadata.httpStatusCode,
        ({ $metadata }) => $metadata.httpStatusCode,
      );
    const put = { Bucket, Key, Body: 'content' };
    const { ETag } = await client.send(new PutObjectCommand(put));
    for (const [status, send] of [
      [404, () => client.send(new HeadObjectCommand({ Bucket, Key: 'missing' }))],
      [404, () => client.send(new GetObjectCommand({ Bucket, Key: 'missing' }))],
      [304, () => client.send(new HeadObjectCommand({ Bucket, Key, IfNoneMatch: ETag }))],
      [304, () => client.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: ETag }))],
      [412, () => client.send(new HeadObjectCommand({ Bucket, Key, IfMatch: '"other"' }))],
      [412, () => client.send(new GetObjectCommand({ Bucket, Key, IfMatch: '"other"' }))],
      [412, () => client.send(new PutObjectCommand({ ...put, IfNoneMatch: '*' }))],
      [412, () => client.send(new PutObjectCommand({ ...put, Body: 'x'.repeat(100_000), IfNoneMatch: '*' }))],
      [200, () => client.send(new HeadBucketCommand({ Bucket }))],
    ] as const) {
      expect(await statusOf(send()), String(send)).to.equal(status);
    }
    client.destroy();
    unsubscribe('net.server.socket', count);
    expect(connections).to.equal(1);
  });

  it('may break off at any point, and the others go on', async () => {
    const { host } = fixture;
    const beginnings = [
      '',
      'POST',
      `POST / HTTP/1.1\r\nHost: ${host}\r\n`,
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\nabc`,
      `POST /_route/x HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\nabc`,
      `${(await listTasks('x'.repeat(100))).join('\r\n')}\r\n\r\nabc`,
      `GET /${BUCKET}/key HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      'GET / HTTP/9.9\r\n\r\n',
      '\0\u0001\u0002',
      `GET / HTTP/1.1\r\nHost: ${host}\r\nA: ${'x'.repeat(100_000)}\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc`,
      `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ];
    for (const beginning of beginnings) (await fixture.open()).write(beginning).destroy();
    const broken = (await fixture.open()).send(['GET /_broken/x HTTP/1.1', `Host: ${host}`]);
    expect(await broken.answer()).to.equal(undefined);
    expect(fixture.served).to.include('GET /_broken/x failed');
    const connection = await fixture.open();
    expect((await connection.send(await listTasks(), '{}').answer())?.status).to.equal(200);
    connection.destroy();
  });

  it('refuse more query parameters than any operation has', async () => {
    const answer = await ask(`GET /?${'a&'.repeat(300)} HTTP/1.1`, `Host: ${fixture.host}`);
    expect(answer).to.include({ status: 403, body: 'A request has at most 200 query parameters.\n' });
  });

  describe('that are inactive', () => {
    let hasty: Fixture;

    before(async () => {
      const timeouts = { headersSeconds: 1, idleSeconds: 1, stalledSeconds: 2 };
      hasty = await startFixture({ timeouts });
    });
    after(() => hasty.close());

    const request = async (operation: string, body: string) => {
      const headers = { ...TARGET, 'x-amz-target': `ECS.${operation}` };
      const signed = await sign(hasty, { service: 'ecs', headers, body });
      return headLines('POST /', { ...signed, 'content-length': String(body.length) });
    };

    it('are closed: before a request, in its headers, in its body, after it', async () => {
      const body = '{"cluster":"whole"}';
      const head = await request('ListTasks', body);
      const silent = await hasty.open();
      const headed = (await hasty.open()).write('POST / HTTP/1.1\r\nHost: ');
      const bodied = (await hasty.open()).send(head, body.slice(0, 5));
      const routed = (await hasty.open()).send(
        ['POST /_route/x HTTP/1.1', `Host: ${hasty.host}`, 'Content-Length: 100'],
        'abc',
      );
      const kept = (await hasty.open()).send(head, body);
      expect((await kept.answer())?.status).to.equal(200);
      await Promise.all([silent, headed, bodied, routed, kept].map((connection) => connection.closed()));
    });

    it('go on if a body arrives slowly, or an answer takes long', async () => {
      const body = '{"cluster":"in pieces"}';
      const [list, wait] = [await request('ListTasks', body), await request('Wait', '{"seconds":2}')];
      const slow = (await hasty.open()).send(list);
      // All pieces together take longer than one of them may take.
      for (const character of body) {
        slow.write(character);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect((await slow.answer())?.body).to.equal(body);
      const waiting = (await hasty.open()).send(wait, '{"seconds":2}');
      expect((await waiting.answer())?.body).to.equal('{"waited":2}');
    });
  });
});
