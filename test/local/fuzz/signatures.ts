/** Requests that somebody without the keys could make of a signed one: none of them may be carried out. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { signerOf } from '../support/signer';
import type { Input, Outcome, Target } from './input';

interface Message {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
}

/** Each changes a part that a signature covers, or has to cover. */
const CHANGES: [what: string, change: (message: Message) => Message][] = [
  ['another method', (message) => ({ ...message, method: message.method === 'GET' ? 'DELETE' : 'GET' })],
  ['another path', (message) => ({ ...message, path: `${message.path}x` })],
  ['a further parameter', (message) => ({ ...message, query: { ...message.query, acl: '' } })],
  ['no host signed', replacing(/(SignedHeaders=)?\bhost;?/, '$1')],
  ['a host of its own', withHeader('host', 'localhost:1')],
  ['an unsigned copy source', withHeader('x-amz-copy-source', '/bucket/key')],
  ['unsigned metadata', withHeader('x-amz-meta-mine', '1')],
  ['an unsigned ACL', withHeader('x-amz-acl', 'public-read')],
  ['a session token', withHeader('x-amz-security-token', 'token')],
  ['a date of its own', replacing(/\d{8}T\d{6}Z/, '20150830T123600Z')],
  ['another day in the scope', replacing(/\/\d{8}\//, '/20150830/')],
  ['another region', replacing(/eu-west-1/, 'us-east-1')],
  ['another key', replacing(/(Credential=)?[A-Z0-9]{16,}(?=\/)/, '$1AKIAIOSFODNN7EXAMPLE')],
  ['another signature', replacing(/[0-9a-f]{64}$/, '0'.repeat(64))],
  ['no signature', replacing(/[0-9a-f]{64}$/, '')],
  ['another body', (message) => ({ ...message, body: `${message.body}x` })],
];

function withHeader(name: string, value: string) {
  return (message: Message): Message => ({ ...message, headers: { ...message.headers, [name]: value } });
}

/** Changes a part of the signature, in headers or in the query. */
function replacing(pattern: RegExp, text: string) {
  const replace = (values: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        /^(authorization|x-amz-(?!content))/i.test(name) ? value.replace(pattern, text) : value,
      ]),
    );
  return ({ headers, query, ...message }: Message): Message => ({
    ...message,
    headers: replace(headers),
    query: replace(query),
  });
}

const VALID: ((target: Target) => { service: string; message: Message })[] = [
  ({ bucket }) => ({
    service: 's3',
    message: { method: 'PUT', path: `/${bucket}/fuzz/signed`, query: {}, headers: {}, body: 'mine' },
  }),
  ({ bucket }) => ({
    service: 's3',
    message: { method: 'GET', path: `/${bucket}/fuzz/signed`, query: {}, headers: {}, body: '' },
  }),
  () => ({
    service: 'states',
    message: {
      method: 'POST',
      path: '/',
      query: {},
      headers: {
        'x-amz-target': 'AWSStepFunctions.ListActivities',
        'content-type': 'application/x-amz-json-1.0',
      },
      body: '{}',
    },
  }),
];

export const signatureInputs = (target: Target): fc.Arbitrary<Input> =>
  fc
    .record({
      make: fc.constantFrom(...VALID),
      changes: fc.uniqueArray(fc.constantFrom(...CHANGES), { minLength: 1, maxLength: 3 }),
      isPresigned: fc.boolean(),
    })
    .map(({ make, changes, isPresigned }) => {
      const { service, message } = make(target);
      const presigned = isPresigned && service === 's3';
      const what = `${presigned ? 'presigned' : 'signed'} ${message.method} ${service} with ${changes.map(([name]) => name).join(' and ')}`;
      return {
        what,
        run: async () => {
          const signed = await sign(target, service, message, presigned);
          const changed = changes.reduce((message, [, change]) => change(message), signed);
          const outcome = await exchange(target, changed);
          // The body of a presigned request is not signed.
          const isSame =
            JSON.stringify({ ...changed, body: presigned ? '' : changed.body }) ===
            JSON.stringify({ ...signed, body: presigned ? '' : signed.body });
          if (!isSame && (outcome.status ?? 400) < 300)
            throw new Error(`${what} was carried out: ${outcome.status}`);
          return [outcome];
        },
      };
    });

async function sign(
  { endpoint, region, credentials }: Target,
  service: string,
  message: Message,
  presigned: boolean,
): Promise<Message> {
  const { host, hostname } = new URL(endpoint);
  const signer = signerOf(service, { region, credentials });
  const whole = { ...message, protocol: 'http:', hostname, headers: { host, ...message.headers } };
  const signed = presigned
    ? await signer.presign({ ...whole, body: undefined }, { expiresIn: 60 })
    : await signer.sign(whole);
  return {
    ...message,
    query: { ...(signed.query as Record<string, string>) },
    headers: { ...signed.headers },
  };
}

function exchange({ endpoint }: Target, { method, path, query, headers, body }: Message): Promise<Outcome> {
  const { hostname, port } = new URL(endpoint);
  const search = new URLSearchParams(query).toString();
  return new Promise((resolve) => {
    const sent = request({
      hostname,
      port,
      method,
      path: search ? `${path}?${search}` : path,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    sent.on('response', (response) => {
      void text(response).then(
        (answer) => resolve({ status: response.statusCode, body: answer }),
        () => resolve({}),
      );
    });
    // The server may cut the connection of a request that it refuses.
    sent.on('error', () => resolve({}));
    sent.end(body);
  });
}
