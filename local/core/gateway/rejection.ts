import type { IncomingMessage } from 'node:http';
import { timesOf } from './signatures/request-signature';

/** `bucket.localhost` is S3's virtual-hosted style; RFC 6761 keeps all names below `localhost` for this machine. */
const LOOPBACK = /^(?:127\.0\.0\.1|\[::1\]|(?:[a-z\d.-]+\.)?localhost):(\d{1,5})$/i;
/** No operation has as many; S3's most have a dozen. */
const MAX_PARAMETERS = 200;

/**
 * The reason why a request cannot come from a client of the local cloud; undefined if it can. A page in a browser sends its
 * origin, or its own host name if that leads to this machine (DNS rebinding).
 */
export function rejectionOf(request: IncomingMessage): string | undefined {
  const { url = '/', headers, socket } = request;
  const [, port] = LOOPBACK.exec(headers.host ?? '') ?? [];
  if (timesOf('host', request) !== 1 || Number(port) !== socket.localPort) {
    return 'The host of a request must be 127.0.0.1, [::1] or localhost, with the port.';
  }
  if (headers.origin !== undefined) return 'The local cloud does not answer web pages.';
  if (!url.startsWith('/')) return 'The target of a request must be a path.';
  if (url.split('&', MAX_PARAMETERS + 1).length > MAX_PARAMETERS) {
    return `A request has at most ${MAX_PARAMETERS} query parameters.`;
  }
  return undefined;
}
