/**
 * Who may use the page. It acts with the user's AWS credentials, so that only a browser that was given the address by the command may:
 * no other page in that browser, no name that leads to this machine (DNS rebinding), no other user of this machine.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  status: 401 | 403;
  message: string;
}

const LOOPBACK = /^(?:127\.0\.0\.1|\[::1\]|localhost):(\d{1,5})$/i;

export class Access {
  /** The secret of this server. The address that the command prints has it; a cookie keeps it. */
  private readonly key = randomBytes(24).toString('base64url');

  /** Path of the address that lets a browser in. */
  get path(): string {
    return `/?key=${this.key}`;
  }

  /** Undefined for a request that may be answered. */
  refusalOf({ headers, headersDistinct, method, socket, url = '/' }: IncomingMessage): Refusal | undefined {
    const [host = '', ...others] = headersDistinct.host ?? [];
    const port = Number(LOOPBACK.exec(host)?.[1]);
    if (others.length > 0 || port !== socket.localPort)
      return {
        status: 403,
        message: 'The host of a request must be 127.0.0.1, [::1] or localhost, with the port.',
      };
    const { origin, 'sec-fetch-site': site = 'none' } = headers;
    const isForeign = origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`;
    if (isForeign || !['none', 'same-origin'].includes(String(site)))
      return { status: 403, message: 'This server does not answer other sites: open its address yourself.' };
    if (method !== 'GET' && origin === undefined)
      return { status: 403, message: 'Only the page itself may change something.' };
    const given = this.keyIn(url) ?? cookie(headers.cookie, this.cookieName(port)) ?? '';
    if (!this.isKey(given))
      return { status: 401, message: 'Open the address that the command printed: it has a key.' };
    return undefined;
  }

  /** The value of `Set-Cookie`, for a request that brings the key in its address. Cookies of a host do not tell ports apart. */
  cookieFor({ url = '/', socket }: IncomingMessage): string | undefined {
    if (this.keyIn(url) === undefined) return undefined;
    return `${this.cookieName(socket.localPort)}=${this.key}; HttpOnly; SameSite=Strict; Path=/`;
  }

  private keyIn(url: string): string | undefined {
    return /^\/\?key=([\w-]+)$/.exec(url)?.[1];
  }

  private cookieName(port: number | undefined): string {
    return `view-${port}`;
  }

  private isKey(given: string): boolean {
    const [one, other] = [Buffer.from(given), Buffer.from(this.key)];
    return one.length === other.length && timingSafeEqual(one, other);
  }
}

function cookie(header: string | undefined, name: string): string | undefined {
  return header
    ?.split('; ')
    .find((each) => each.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}
