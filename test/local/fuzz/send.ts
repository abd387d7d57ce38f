/** Signed requests of any content, also such as no SDK would send. */
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { LocalCloud } from '../../../local/cloud';
import { signerOf } from '../support/signer';

export interface SignedRequest {
  /** The name of the service in the credential scope. */
  service: string;
  method: string;
  /** The path, percent-encoded. */
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Buffer;
}

export interface Answered {
  status: number;
  /** The code of the error. */
  code?: string;
  body: string;
}

/** An answer that takes longer counts as none. It is a few hundred times as long as any answer takes. */
const ANSWER_MILLISECONDS = 30_000;

/**
 * Rejects if no answer arrives. With `waitMilliseconds`, resolves with undefined if the answer is still held after that time, as that of a
 * long poll is.
 */
export async function send(
  { endpoint, region, credentials }: Pick<LocalCloud, 'endpoint' | 'region' | 'credentials'>,
  { service, method, path, query = {}, headers = {}, body = Buffer.alloc(0) }: SignedRequest,
  waitMilliseconds?: number,
): Promise<Answered | undefined> {
  const { host, hostname, port } = new URL(endpoint);
  const message = { method, protocol: 'http:', hostname, path, query, body, headers: { host, ...headers } };
  const signed = await signerOf(service, { region, credentials }).sign(message);
  const search = Object.entries(query).map((pair) => pair.map(encode).join('='));
  const url = search.length > 0 ? `${path}?${search.join('&')}` : path;
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      method,
      path: url,
      headers: { ...signed.headers, 'content-length': body.length },
    });
    const timer = setTimeout(() => {
      sent.destroy();
      if (waitMilliseconds === undefined) reject(new Error(`No answer to ${method} ${url}`));
      else resolve(undefined);
    }, waitMilliseconds ?? ANSWER_MILLISECONDS);
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', reject);
    sent.on('response', (response) => {
      // The server may close the connection of a request that it refuses before all of it was sent.
      sent.off('error', reject).on('error', () => undefined);
      read(response).then(resolve, reject);
    });
    sent.end(body);
  });
}

/** The time in the format of a signature. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

async function read(response: IncomingMessage): Promise<Answered> {
  const { statusCode: status = 0, headers } = response;
  const body = await text(response);
  const [, inBody] = /"__type":"([^"]+)"|<Code>([^<]+)<\/Code>/.exec(body)?.filter(Boolean) ?? [];
  return { status, code: headers['x-amzn-errortype']?.toString() ?? inBody, body };
}
