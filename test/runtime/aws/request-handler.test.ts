/** The handler of requests, against a server that answers, breaks the connection off, or sends nothing. Its clock is a mocked timer. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { mock } from 'node:test';
import { HttpRequest } from '@smithy/core/protocols';
import { expect } from 'chai';
import { RequestHandler } from '../../../runtime/aws/request-handler';
import { failure } from '../../support/failure';

describe('the handler of requests', () => {
  let server: Server;
  let answer: RequestListener;
  let connections: number;
  let handler: RequestHandler;
  const create = (more: ConstructorParameters<typeof RequestHandler>[0] = {}) =>
    new RequestHandler({
      requestTimeout: 60_000,
      connectionTimeout: 5_000,
      httpAgent: { maxSockets: 1 },
      ...more,
    });
  const request = (more: Partial<HttpRequest> = {}) => {
    const { port } = server.address() as AddressInfo;
    const target = { protocol: 'http:', hostname: '127.0.0.1', port, path: '/k' };
    return new HttpRequest({ ...target, method: 'PUT', headers: { one: '1' }, ...more });
  };
  const echo: RequestListener = async (incoming, response) => {
    const body = await text(incoming);
    response.setHeader('two', '2').end(`${incoming.method} ${incoming.url} ${incoming.headers.one} ${body}`);
  };
  const textOf = async (sent: HttpRequest) => text((await handler.handle(sent)).response.body);
  /** Resolves when this number of requests has arrived. The server answers none of them. */
  const comeAndWait = () => {
    const come = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    return come;
  };
  beforeEach(async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    connections = 0;
    answer = echo;
    server = createServer((incoming, response) => answer(incoming, response));
    server.on('connection', () => (connections += 1));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    handler = create();
    // The SDK sends the first one.
    await textOf(request());
  });
  afterEach(() => {
    handler.destroy();
    mock.timers.reset();
    server.closeAllConnections();
    server.close();
  });

  it('sends its request on a connection that it keeps', async () => {
    expect(await textOf(request({ body: 'text' }))).to.equal('PUT /k 1 text');
    expect(await textOf(request({ body: Buffer.from('bytes') }))).to.equal('PUT /k 1 bytes');
    const { response } = await handler.handle(request({ method: 'GET' }));
    expect(response).to.deep.include({ statusCode: 200, reason: 'OK' });
    expect(response.headers).to.include({ two: '2' });
    expect(await text(response.body)).to.equal('GET /k 1 ');
    expect(connections).to.equal(1);
  });

  it('leaves all other requests to the SDK', async () => {
    const sdk = mock.method(Object.getPrototypeOf(RequestHandler.prototype), 'handle');
    expect(await textOf(request({ query: { a: 'b' } }))).to.equal('PUT /k?a=b 1 ');
    expect(await textOf(request({ body: Readable.from(['a', 'b']) }))).to.equal('PUT /k 1 ab');
    const expecting = { one: '1', Expect: '100-continue', 'content-length': '1' };
    expect(await textOf(request({ headers: expecting, body: 'c' }))).to.equal('PUT /k 1 c');
    expect(sdk.mock.callCount()).to.equal(3);
    await textOf(request());
    expect(sdk.mock.callCount()).to.equal(3);
    sdk.mock.restore();
  });

  it('gives up a request without an answer after its timeout, and not before', async () => {
    const come = comeAndWait();
    const given = failure(handler.handle(request()));
    await come;
    mock.timers.tick(60_000);
    answer = echo;
    // A request that has just begun still has its whole timeout.
    const next = textOf(request());
    mock.timers.tick(1_000);
    expect(await given).to.include({ name: 'TimeoutError', message: 'no answer within 60000 ms' });
    expect(await next).to.equal('PUT /k 1 ');
  });

  it('gives up a request that gets no connection', async () => {
    const come = comeAndWait();
    const first = failure(handler.handle(request()));
    await come;
    const second = failure(handler.handle(request()));
    mock.timers.tick(6_000);
    expect(await second).to.include({ name: 'TimeoutError', message: 'no connection within 5000 ms' });
    server.closeAllConnections();
    expect(await first).to.include({ name: 'TimeoutError', code: 'ECONNRESET' });
  });

  it('lets an answer that has begun pause, unless there is a timeout for that', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': 2 }).write('a');
    const { response } = await handler.handle(request());
    mock.timers.tick(120_000);
    response.body.destroy();
    handler = create({ socketTimeout: 1 });
    await failure(textOf(request()));
    expect(await failure(textOf(request())))
      .to.have.property('code')
      .that.is.oneOf(['ETIMEDOUT', 'ECONNRESET']);
  });

  it('ends a request that is aborted, now or before', async () => {
    const aborting = new AbortController();
    answer = () => aborting.abort();
    const options = { abortSignal: aborting.signal };
    expect(await failure(handler.handle(request(), options))).to.include({ name: 'AbortError' });
    answer = echo;
    expect(await failure(handler.handle(request(), options))).to.include({ name: 'AbortError' });
    expect(await textOf(request())).to.equal('PUT /k 1 ');
  });
});
