/** Bytes that are almost an HTTP request, sent as they are. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { Input, Outcome, Target } from './input';

/** After this time, the client gives up a request without an answer, such as half a request. */
const PATIENCE_MILLISECONDS = 100;

const METHODS = [
  'GET',
  'PUT',
  'POST',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PRI',
  'get',
  'G E T',
  '',
];
const PATHS = [
  '/',
  '//',
  '*',
  '/bucket/key',
  '/%',
  '/%00',
  '/%ff/%fe',
  '/..//../',
  '/_ecs/x/credentials',
  '/_ecs/',
  '/2015-03-31/functions/x/invocations',
];
const QUERIES = [
  '',
  '?',
  '?delete',
  '?list-type=2&prefix=%',
  '?x&x&x',
  '?__proto__=1',
  `?${'a=b&'.repeat(3_000)}`,
  '?X-Amz-Algorithm=AWS4-HMAC-SHA256',
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2', 'HTTP/9.9', 'FTP/1.1', ''];
const HEADERS = [
  'Host: evil.example',
  'Host: 127.0.0.1',
  'Origin: http://evil.example',
  'Content-Length: -1',
  'Content-Length: 5',
  'Content-Length: 99999999999999999999',
  'Content-Length: 5\r\nContent-Length: 6',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding: chunked\r\nContent-Length: 3',
  'Expect: 100-continue',
  'Expect: nonsense',
  'Upgrade: websocket\r\nConnection: Upgrade',
  'Connection: close',
  'X-Amz-Target: AWSStepFunctions.StartExecution',
  'X-Amz-Target: .',
  'X-Amz-Date: yesterday',
  'X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'Content-Type: application/x-www-form-urlencoded',
  'Authorization: AWS4-HMAC-SHA256 Credential=/////,SignedHeaders=;;,Signature=',
  'Authorization: AWS4-HMAC-SHA256',
  'Authorization: AWS x:y',
  'Authorization: Bearer x',
  'no colon',
  ': no name',
  'bad name: x',
  'x: \u0000\u0001',
  `x: ${'y'.repeat(20_000)}`,
  ...['a', 'b', 'c'].map((name) => `${name}: 1\r\n folded`),
];
const BODIES = [
  '',
  'hello',
  '{"a":1}',
  'Action=x',
  '5\r\nhello\r\n0\r\n\r\n',
  'zzz\r\n',
  'ffffffffffffffff\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  '\u0000'.repeat(1_000),
];

const requestText = (host: string): fc.Arbitrary<string> =>
  fc
    .record({
      method: fc.constantFrom(...METHODS),
      path: fc.oneof(fc.constantFrom(...PATHS), fc.webPath()),
      query: fc.constantFrom(...QUERIES),
      version: fc.constantFrom(...VERSIONS),
      hasHost: fc.boolean(),
      headers: fc.array(fc.constantFrom(...HEADERS), { maxLength: 5 }),
      body: fc.constantFrom(...BODIES),
      lineEnd: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
    })
    .map(({ method, path, query, version, hasHost, headers, body, lineEnd }) => {
      const lines = [
        `${method} ${path}${query} ${version}`,
        ...(hasHost ? [`Host: ${host}`] : []),
        ...headers,
      ];
      return `${lines.join(lineEnd)}${lineEnd}${lineEnd}${body}`;
    });

/** The request with bytes replaced, cut off or repeated. */
const damaged = (text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(text, fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat(3))
    .map(([whole, position, bytes, how]) => {
      const buffer = Buffer.from(whole, 'latin1');
      const at = position % (buffer.length + 1);
      if (how === 0) return buffer;
      if (how === 1)
        return Buffer.concat([buffer.subarray(0, at), bytes, buffer.subarray(at + bytes.length)]);
      return how === 2 ? buffer.subarray(0, at) : Buffer.concat([buffer, buffer]);
    });

export const httpInputs = ({ endpoint }: Target): fc.Arbitrary<Input> => {
  const { host, hostname, port } = new URL(endpoint);
  return damaged(requestText(host)).map((bytes) => ({
    what: `HTTP ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`,
    run: async () => [await exchange(hostname, Number(port), bytes)],
  }));
};

async function exchange(host: string, port: number, bytes: Buffer): Promise<Outcome> {
  const socket = connect(port, host);
  const chunks: Buffer[] = [];
  let answered: () => void = () => {};
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    answered();
  });
  // A server may cut a connection that does not speak HTTP.
  socket.on('error', () => {});
  socket.on('close', () => answered());
  await once(socket, 'connect').catch(() => {});
  socket.write(bytes);
  await Promise.race([answer, delay(PATIENCE_MILLISECONDS)]);
  socket.destroy();
  const text = Buffer.concat(chunks).toString('latin1');
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  return { status: status === undefined ? undefined : Number(status), body: text };
}
