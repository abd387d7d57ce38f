/** Serves one request: finds the service by the signature's credential scope, and answers, with a result or an error. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type OperationsService, type Service, ServiceError } from '../service';
import { discardBody } from './body';
import type { CommonError } from './common-errors';
import type { Incoming, Listener } from './incoming';
import { operate } from './operate';
import { DropConnection, type RequestHandle } from './options';
import { type Answer, PROTOCOLS } from './protocols';
import { rejectionOf } from './rejection';
import type { GatewayResponse } from './response';
import { readSignature } from './signatures/read-signature';
import type { RequestSignature } from './signatures/request-signature';

const REQUEST_ID = 'x-amzn-requestid';

export async function serve(
  listener: Listener,
  request: IncomingMessage,
  response: GatewayResponse,
  expectsContinue: boolean,
): Promise<void> {
  const { options } = listener;
  const rejection = rejectionOf(request);
  if (rejection !== undefined) {
    const headers = { 'content-type': 'text/plain', connection: 'close' };
    send(response, { statusCode: 403, headers, body: `${rejection}\n` });
    return;
  }
  const { url = '/' } = request;
  const route = routeOf(options.services, url);
  if (route) return route(request, response);

  const signature = readSignature(request) ?? 'unsigned';
  const found = options.services.find(serves(request, signature));
  const service = found ?? strangerTo(request, signature);
  const handle: RequestHandle = { service: service.name, action: 'unknown', requestId: randomUUID() };
  if (service.protocol === 'stream') response.setHeader(REQUEST_ID, handle.requestId);
  let code: string | undefined;
  const { interceptResponse, onRequest } = options;
  if (onRequest) {
    response.once('close', () =>
      onRequest(Object.assign(handle, { status: response.statusCode, error: code })),
    );
  }
  if (interceptResponse) response.beforeFirstByte = () => interceptResponse(handle);
  // Written out: a spread would take longer than much of what follows.
  const incoming = {
    options,
    memory: listener.memory,
    request,
    response,
    expectsContinue,
    signature,
    service,
    isKnown: found !== undefined,
    handle,
  };
  try {
    const answer = await operate(incoming);
    if (answer) send(response, answer, handle.requestId);
  } catch (error) {
    if (error instanceof DropConnection) return void response.destroy();
    code = error instanceof ServiceError ? error.code : 'InternalFailure';
    await fail(incoming, error);
  }
}

type Route = NonNullable<OperationsService['routes']>[string];

function routeOf(services: readonly Service[], url: string): Route | undefined {
  const start = url.slice(0, url.indexOf('/', 1) + 1);
  for (const service of services) {
    const routes = service.protocol === 'stream' ? undefined : service.routes;
    if (routes && Object.hasOwn(routes, start)) return routes[start];
  }
  return undefined;
}

/** A request without a signature or another mark of a service goes to S3. */
function serves({ headers }: IncomingMessage, signature: RequestSignature | CommonError) {
  const name = typeof signature === 'object' ? signature.service : undefined;
  const isMarked = name !== undefined || headers['x-amz-target'] !== undefined;
  return (service: Service) => (isMarked ? service.name === name : service.protocol === 'stream');
}

/** A service that does not exist here has no operations. It speaks the client's protocol, so the client can read the error. */
function strangerTo({ headers }: IncomingMessage, signature: RequestSignature | CommonError): Service {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const protocol = headers['x-amz-target'] ? 'json' : isForm ? 'query' : 'rest-json';
  const name = typeof signature === 'object' ? signature.service : 'unknown';
  return { name, protocol, operations: {} };
}

async function fail(incoming: Incoming, error: unknown): Promise<void> {
  const { options, request, response, service, handle } = incoming;
  const isMeant = error instanceof ServiceError;
  // If the client has closed the connection, the service has not failed.
  if (!isMeant && !response.destroyed) options.log?.(`${handle.service}:${handle.action} failed`, error);
  // Half an answer is out: only a broken connection tells the client so.
  if (response.headersSent || response.destroyed) return void response.destroy();
  const known = isMeant ? error : new ServiceError('InternalFailure', String(error), 500);
  const isRead = !incoming.expectsContinue && (await discardBody(request));
  if (!isRead) response.setHeader('connection', 'close');
  if (service.protocol === 'stream') service.renderError(known, request, response);
  else send(response, PROTOCOLS[service.protocol].fail(known, handle.requestId), handle.requestId);
}

/** All headers at once: Node.js checks again those that were set one by one. */
function send(response: ServerResponse, { statusCode, headers, body }: Answer, requestId?: string): void {
  const all = ['content-length', `${Buffer.byteLength(body)}`];
  if (requestId !== undefined) all.push(REQUEST_ID, requestId);
  for (const name in headers) all.push(name, headers[name] as string);
  response.writeHead(statusCode, all).end(body);
}
