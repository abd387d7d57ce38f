/**
 * The signature that a request must have, in version 4. Our own code: the SDK's signer, made for one request a time, derives its keys again
 * and takes longer than all else that the gateway does for a request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { queryOf, type RequestSignature } from './request-signature';

/** Keys that are kept: one for each session, day, region and service. */
const MAX_KEYS = 1_000;
const keys = new Map<string, Buffer>();

/**
 * Signs lines, with the date and the scope of the signature before them; in hexadecimal. `kind` ends the algorithm's name: nothing for a
 * request.
 */
export type SignLines = (kind: string, ...lines: string[]) => string;

export function lineSigner(
  { date = '', region, service }: RequestSignature,
  secretAccessKey: string,
): SignLines {
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = signingKey(secretAccessKey, scope);
  return (kind, ...lines) =>
    createHmac('sha256', key)
      .update(`AWS4-HMAC-SHA256${kind}\n${date}\n${scope}\n${lines.join('\n')}`)
      .digest('hex');
}

function signingKey(secretAccessKey: string, scope: string): Buffer {
  const name = `${secretAccessKey}/${scope}`;
  let key = keys.get(name);
  if (!key) {
    key = scope
      .split('/')
      .reduce(
        (last, part) => createHmac('sha256', last).update(part).digest(),
        Buffer.from(`AWS4${secretAccessKey}`),
      );
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(name, key);
  }
  return key;
}

/**
 * The signature in hexadecimal, of all that the client says to have signed.
 * @param body that is hashed if the request declares no hash of it; without it, the body counts as not signed
 */
export function signVersion4(
  request: IncomingMessage,
  signature: RequestSignature,
  secretAccessKey: string,
  body?: Buffer,
): string {
  const { method = 'GET', url = '/', headers } = request;
  const query = queryOf(url);
  const { signedHeaders } = signature;
  let signed = '';
  for (const name of signedHeaders)
    signed += `${name}:${Object.hasOwn(headers, name) ? trimmed(String(headers[name])) : ''}\n`;
  // A presigner may move the hash of the body from the headers into the query.
  const moved = signature.expires === undefined ? undefined : hashInQuery(query);
  const path = canonicalPath(url.split('?', 1)[0] ?? '/', signature.service);
  const payload = headers['x-amz-content-sha256'] ?? moved ?? (body ? hashOf(body) : 'UNSIGNED-PAYLOAD');
  const canonical = `${method}\n${path}\n${canonicalQuery(query)}\n${signed}\n${signedHeaders.join(';')}\n${payload}`;
  return lineSigner(signature, secretAccessKey)('', hashOf(canonical));
}

/** Without white space at its ends, and with one blank if there is more of it. */
function trimmed(value: string): string {
  const text = value.trim();
  return text.includes('  ') || text.includes('\t') ? text.replace(/[ \t]+/g, ' ') : text;
}

const hashOf = (content: string | Buffer) => hash('sha256', content, 'hex');

function hashInQuery(query: URLSearchParams): string | undefined {
  return [...query].find(([name]) => name.toLowerCase() === 'x-amz-content-sha256')?.[1];
}

/** S3 takes the path as it is sent; other services without empty and relative segments, and encoded once more. */
function canonicalPath(path: string, service: string): string {
  if (service === 's3' || path === '/') return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(query: URLSearchParams): string {
  if (query.size === 0) return '';
  return [...query]
    .filter(([name]) => name.toLowerCase() !== 'x-amz-signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) =>
      name === otherName ? compare(value, otherValue) : compare(name, otherName),
    )
    .map((pair) => pair.join('='))
    .join('&');
}

const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other));

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
