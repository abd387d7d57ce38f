/**
 * The SDK's handler of requests, with one timer for all of them. The SDK sets four for each request, and waits some ten times, which takes a
 * tenth of a slot's CPU if objects are small. It still has the requests that are more than headers and a body that is there.
 */
import { type Agent, type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { HttpHandlerOptions } from '@aws-sdk/types';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';

type Answered = ReturnType<NodeHttpHandler['handle']>;

/** What Node.js says of a connection that ends too soon. The SDK calls it a timeout, and sends the request again. */
const BROKEN = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

interface Unanswered {
  /** The tick at which it was sent. */
  sentAt: number;
  fail(error: Error): void;
}

/** Takes the SDK's options. A request ends up to a second after its timeout, as with `throwOnRequestTimeout`. */
export class RequestHandler extends NodeHttpHandler {
  private readonly unanswered = new Map<ClientRequest, Unanswered>();
  private ticking?: NodeJS.Timeout;
  /** A tick takes a second, or more: if a processor keeps the process busy, answers that came meanwhile are read before the next one. */
  private ticks = 0;

  override handle(request: HttpRequest, options: HttpHandlerOptions = {}): Answered {
    const { httpAgent, httpsAgent } = this.httpHandlerConfigs();
    // There once the SDK has sent a request.
    const agent = (request.protocol === 'https:' ? httpsAgent : httpAgent) as Agent | undefined;
    if (!agent || !isPlain(request, options)) return super.handle(request, options);
    return this.exchange(request, agent, options.abortSignal as AbortSignal | undefined);
  }

  override destroy(): void {
    clearInterval(this.ticking);
    super.destroy();
  }

  private exchange(
    { protocol, hostname, port, method, path, headers, body }: HttpRequest,
    agent: Agent,
    signal?: AbortSignal,
  ): Answered {
    this.ticking ??= setInterval(() => this.tick(), 1000).unref();
    const send = protocol === 'https:' ? requestHttps : requestHttp;
    const { socketTimeout } = this.httpHandlerConfigs();
    return new Promise((resolve, reject) => {
      const sent = send({ hostname, port, method, path, headers, agent, timeout: socketTimeout });
      const fail = (error: NodeJS.ErrnoException) => {
        this.unanswered.delete(sent);
        if (BROKEN.includes(error.code ?? '')) error.name = 'TimeoutError';
        sent.destroy();
        // By itself a request says nothing before it has a connection.
        reject(error);
      };
      sent.on('error', fail);
      sent.on('response', (body) => {
        this.unanswered.delete(sent);
        const { statusCode = 0, statusMessage: reason } = body;
        const headers = body.headers as Record<string, string>;
        resolve({ response: new HttpResponse({ statusCode, reason, headers, body }) });
      });
      if (socketTimeout) sent.on('timeout', () => fail(timeoutError('no data', socketTimeout)));
      if (signal) failWhenAborted(sent, signal, fail);
      this.unanswered.set(sent, { sentAt: this.ticks, fail });
      sent.end(body);
    });
  }

  /** Gives up the requests whose time is over. */
  private tick(): void {
    this.ticks += 1;
    const { connectionTimeout, requestTimeout } = this.httpHandlerConfigs();
    for (const [{ socket }, { sentAt, fail }] of this.unanswered) {
      const milliseconds = (this.ticks - sentAt) * 1000;
      const isOver = (limit: number | undefined): limit is number => !!limit && milliseconds > limit;
      if (isOver(requestTimeout)) fail(timeoutError('no answer', requestTimeout));
      else if ((!socket || socket.connecting) && isOver(connectionTimeout))
        fail(timeoutError('no connection', connectionTimeout));
    }
  }
}

/** Its body, if any, is there, and nobody waits before it is sent. */
function isPlain(
  { query, headers, body, hostname }: HttpRequest,
  { requestTimeout }: HttpHandlerOptions,
): boolean {
  const isThere = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const hasQuery = query !== undefined && Object.keys(query).length > 0;
  const isIpv6 = hostname.startsWith('[');
  const isExpecting = 'expect' in headers || 'Expect' in headers;
  return isThere && !hasQuery && !isIpv6 && !isExpecting && requestTimeout === undefined;
}

function failWhenAborted(sent: ClientRequest, signal: AbortSignal, fail: (error: Error) => void): void {
  const abort = () => fail(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  sent.once('close', () => signal.removeEventListener('abort', abort));
}

function timeoutError(what: string, milliseconds: number): Error {
  const message = `${what} within ${milliseconds} ms`;
  return Object.assign(new Error(message), { name: 'TimeoutError', code: 'ETIMEDOUT' });
}
