/** A client's presigner moves signed headers into the query. Here they count as headers again. */
import type { IncomingMessage } from 'node:http';
import { queryOf } from './request-signature';

/** Parameters of the signature itself. */
const OF_SIGNATURE = /^x-amz-(algorithm|credential|date|expires|security-token|signature|signedheaders)$/;
/** Signature version 2 moves these as well. */
const OF_VERSION_2 = /^content-(md5|type)$/;

/** By names in lower case. */
export function headersInQuery(url: string | undefined): Record<string, string> {
  const query = queryOf(url);
  const isMoved = (name: string) =>
    (name.startsWith('x-amz-') && !OF_SIGNATURE.test(name)) ||
    (query.has('AWSAccessKeyId') && OF_VERSION_2.test(name));
  const parameters = [...query].map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(parameters.filter(([name]) => isMoved(name)));
}

/** Gives a presigned request the headers that are in its query. It keeps a header that it has itself. */
export function restoreHeaders(request: IncomingMessage): void {
  Object.assign(request.headers, { ...headersInQuery(request.url), ...request.headers });
}
