/**
 * Requests without the SDK's middleware: to the local cloud's gateway, which verifies signatures, and to a server that breaks connections
 * off.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { mock } from 'node:test';
import timers from 'node:timers/promises';
import { ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { HeadObjectCommand, ListObjectsV2Command, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { HttpRequest } from '@smithy/core/protocols';
import { expect } from 'chai';
import { type DirectRequest, DirectRequests } from '../../../runtime/aws/direct-requests';
import { BUCKET, type Fixture, startFixture } from '../../local/core/gateway/fixture';
import { failure } from '../../support/failure';
import { s3Answering } from '../support/s3-answering';

/** Keys whose signature depends on how the path is encoded. */
const PATHS = ['/a', '/a%20b/%C3%BC%2B%3F%23%25', '/x//y'];

function ofBucket(bucket: string, { config }: S3Client): DirectRequests {
  const parameters = { Bucket: bucket };
  return new DirectRequests({
    config,
    service: 's3',
    command: HeadObjectCommand,
    parameters,
    signsPathAsSent: true,
  });
}

describe('direct requests', () => {
  describe('to the gateway', () => {
    let fixture: Fixture;
    before(async () => {
      fixture = await startFixture();
    });
    after(() => fixture.close());

    it('are signed as S3 requires, for any key', async () => {
      const direct = ofBucket(BUCKET, new S3Client(fixture.client));
      for (const path of PATHS) {
        const put = await direct.send({ method: 'PUT', path, body: Buffer.from(path), expected: [200] });
        expect(put?.status).to.equal(200);
        put?.discard();
        const got = await direct.send({ method: 'GET', path, expected: [200] });
        expect(got && (await text(got.body))).to.equal(path);
        expect(got?.headers).to.include({ 'content-length': String(path.length) });
      }
      const { Contents } = await new S3Client(fixture.client).send(
        new ListObjectsV2Command({ Bucket: BUCKET }),
      );
      expect(Contents?.map(({ Key }) => Key)).to.deep.equal(['a', 'a b/ü+?#%', 'x//y']);
    });

    it('are signed as other services require', async () => {
      const { config } = new ECSClient(fixture.client);
      const direct = new DirectRequests({
        config,
        service: 'ecs',
        command: ListTasksCommand,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
      });
      const answer = await direct.send({
        method: 'POST',
        path: '/',
        headers: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' },
        body: Buffer.from('{"cluster":"c"}'),
        expected: [200],
      });
      expect(answer && (await json(answer.body))).to.deep.equal({ cluster: 'c' });
    });
  });

  describe('to a server', () => {
    let server: Server;
    let answer: RequestListener;
    let connections: number;
    let client: { endpoint: string; region: string } & Pick<S3ClientConfig, 'credentials' | 'requestHandler'>;
    let direct: DirectRequests;
    const request: DirectRequest = { method: 'GET', path: '/k', expected: [200] };
    beforeEach(async () => {
      connections = 0;
      server = createServer((incoming, response) => answer(incoming, response));
      server.on('connection', () => (connections += 1));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      client = {
        endpoint: `http://127.0.0.1:${port}/base/`,
        region: 'eu-west-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 's' },
        requestHandler: { httpAgent: { maxSockets: 1 } },
      };
      direct = ofBucket('b', new S3Client(client));
    });
    afterEach(() => {
      mock.reset();
      server.closeAllConnections();
      server.close();
    });
    /** The milliseconds of each wait. The test does not really wait. */
    const pauses = () => {
      const waited: unknown[] = [];
      mock.method(timers, 'setTimeout', async (milliseconds: number) => waited.push(milliseconds));
      mock.method(Math, 'random', () => 0.5);
      return waited;
    };

    it('go below the path of the endpoint', async () => {
      answer = ({ url, method, headers }, response) =>
        response.end(`${method} ${url} ${headers['user-agent']}`);
      const answered = await direct.send(request);
      expect(answered && (await text(answered.body))).to.equal('GET /base/b/k s3-batch-processor');
      const { config } = new ECSClient(client);
      const tasks = new DirectRequests({ config, service: 'ecs', command: ListTasksCommand });
      const listed = await tasks.send(request);
      expect(listed && (await text(listed.body))).to.equal('GET /base/k s3-batch-processor');
    });

    it('leave an unexpected answer to the SDK, after a moment, and keep the connection', async () => {
      const waited = pauses();
      answer = (_, response) => response.writeHead(503).end('slow down');
      for (const _ of [1, 2, 3]) expect(await direct.send(request)).to.equal(undefined);
      expect(waited).to.deep.equal([50, 50, 50]);
      expect(connections).to.equal(1);
    });

    it('ignore how an unexpected answer ends', async () => {
      pauses();
      answer = (_, response) =>
        response.writeHead(503, { 'content-length': 9 }).write('slow', () => response.destroy());
      for (const _ of [1, 2, 3]) expect(await direct.send(request)).to.equal(undefined);
    });

    it('fail without an answer, and leave those that may be repeated to the SDK, after a moment', async () => {
      const waited = pauses();
      answer = (_, response) => response.destroy();
      expect(await failure(direct.send(request))).to.include({ code: 'ECONNRESET' });
      expect(waited).to.deep.equal([]);
      expect(await direct.sendRepeatable(request)).to.equal(undefined);
      expect(waited).to.deep.equal([50]);
    });

    it('end when they are aborted', async () => {
      const aborting = new AbortController();
      answer = () => aborting.abort();
      expect(await failure(direct.send({ ...request, signal: aborting.signal }))).to.include({
        name: 'AbortError',
      });
    });
  });

  describe('to AWS', () => {
    let sent: HttpRequest[];
    const toAws = (bucket: string, config: S3ClientConfig = {}) =>
      ofBucket(
        bucket,
        s3Answering(
          (request) => {
            sent.push(request);
            return { statusCode: 200 };
          },
          { region: 'eu-west-1', ...config },
        ),
      );
    const request: DirectRequest = { method: 'HEAD', path: '/k', expected: [200] };
    beforeEach(() => {
      sent = [];
    });

    it('go to the endpoint of the region, on its own port', async () => {
      const answer = await toAws('photos').send(request);
      expect(answer?.status).to.equal(200);
      expect(sent[0]).to.deep.include({
        protocol: 'https:',
        hostname: 'photos.s3.eu-west-1.amazonaws.com',
        port: undefined,
        path: '/k',
      });
    });

    it('are signed with the time of AWS, as far as the SDK knows it', async () => {
      mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-26T12:00:00Z') });
      await toAws('photos', { systemClockOffset: 3_600_000 }).send(request);
      mock.timers.reset();
      expect(sent[0]?.headers).to.include({ 'x-amz-date': '20261126T130000Z' });
    });

    it('are not sent to a directory bucket, which wants the signature of a session', async () => {
      expect(await toAws('photos--euw1-az1--x-s3').send(request)).to.equal(undefined);
      expect(sent).to.deep.equal([]);
    });

    it('look for the endpoint again only if it could not be found', async () => {
      let looks = 0;
      const region = async () => {
        looks += 1;
        if (looks === 1) throw new Error('no region yet');
        return 'eu-west-1';
      };
      const direct = toAws('photos', { region });
      expect(await failure(direct.send(request))).to.include({ message: 'no region yet' });
      expect(await direct.send(request)).to.include({ status: 200 });
      const found = looks;
      expect(await direct.send(request)).to.include({ status: 200 });
      expect(sent).to.have.length(2);
      // Each signature reads the region.
      expect(looks - found).to.be.at.most(1);
    });
  });
});
