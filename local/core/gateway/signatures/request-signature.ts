import type { IncomingMessage } from 'node:http';

/** The signature of a request, and what the request says of it. */
export interface RequestSignature {
  /** 2 only of presigned requests to S3, which name no region. */
  version: 2 | 4;
  accessKeyId: string;
  region: string;
  /** As in the credential scope: `states`, `s3`. */
  service: string;
  /** Names in lower case, each once, in the order in which they are signed. */
  signedHeaders: string[];
  /** In hexadecimal. */
  signature: string;
  sessionToken?: string;
  signedAt: Date;
  /** The same as the client writes it: `20260101T120000Z`; presigned requests in version 2 have none. */
  date?: string;
  /** Seconds; presigned requests only. */
  expires?: number;
}

/** As the services read it, so that what is verified is what is obeyed. */
export function queryOf(url = ''): URLSearchParams {
  return new URLSearchParams(url.slice(url.indexOf('?') < 0 ? url.length : url.indexOf('?')));
}

/** How often a request has a header, whose name is in lower case. Node.js itself gives all headers again for it. */
export function timesOf(name: string, { rawHeaders }: IncomingMessage): number {
  let times = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    if (given.length === name.length && given.toLowerCase() === name) times += 1;
  }
  return times;
}
