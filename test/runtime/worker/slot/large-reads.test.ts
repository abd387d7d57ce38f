/** Bodies of objects as they arrive over a slot's connections to S3, which share one buffer for reads. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { mock } from 'node:test';
import { expect } from 'chai';
import type { ObjectStore, StoredObject } from '../../../../runtime/s3/object-store';
import { createS3Clients } from '../../../../runtime/worker/slot/s3-clients';
import { serviceEnvironment, setEnvironment } from '../../support/environment';

/** The maximum of bytes that Node.js reads at a time by default. */
const USUAL_READ_BYTES = 2 ** 16;
const LARGE_BYTES = 8 * 2 ** 20;

/** The objects, by path. */
const CONTENTS: Record<string, Buffer> = {
  '/bucket/first': randomBytes(LARGE_BYTES),
  '/bucket/second': randomBytes(LARGE_BYTES),
};
const answer: RequestListener = ({ url = '' }, response) => response.end(CONTENTS[url]);

/** TLS needs a certificate. */
function certificate(): { key: string; cert: string } | undefined {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const { status, stdout } = spawnSync('openssl', ['req', ...kind, '-subj', '/CN=s3', '-keyout', '-'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? { key: stdout, cert: stdout } : undefined;
}

describe("a slot's connections to S3", () => {
  let server: Server;
  let store: ObjectStore;
  let restoreEnvironment: () => void;

  async function listen(given: Server, protocol: string): Promise<void> {
    server = given;
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const environment = serviceEnvironment(`${protocol}://127.0.0.1:${port}`, {
      accessKeyId: 'a',
      secretAccessKey: 's',
    });
    restoreEnvironment = setEnvironment({ ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    store = createS3Clients({}).store('bucket');
  }
  afterEach(() => {
    mock.restoreAll();
    restoreEnvironment();
    store.client.destroy();
    server.closeAllConnections();
    server.close();
  });

  const open = async (key: string) => (await store.get(key)) as StoredObject;

  it('bring a large object in large pieces', async () => {
    await listen(createServer(answer), 'http');
    const { stream } = await open('first');
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(CONTENTS['/bucket/first'] as Buffer)).to.equal(true);
    expect(Math.max(...pieces.map(({ length }) => length))).to.be.above(USUAL_READ_BYTES);
  });

  async function expectApart(): Promise<void> {
    const [first, second] = await Promise.all([open('first'), open('second')]);
    // Its content waits while the other object is read.
    await once(first.stream, 'readable');
    expect((await buffer(second.stream)).equals(CONTENTS['/bucket/second'] as Buffer)).to.equal(true);
    expect((await buffer(first.stream)).equals(CONTENTS['/bucket/first'] as Buffer)).to.equal(true);
  }

  it('do not mix objects that arrive at the same time', async () => {
    await listen(createServer(answer), 'http');
    await expectApart();
  });

  it('do not mix them over TLS', async function () {
    const files = certificate();
    if (!files) return this.skip();
    // Node.js warns that the certificate is not verified.
    mock.method(process, 'emitWarning', () => {});
    await listen(createTlsServer(files, answer), 'https');
    await expectApart();
  });
});
