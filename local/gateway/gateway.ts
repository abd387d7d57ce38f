/**
 * The one HTTP endpoint of the local cloud. It finds the service by the signature's credential scope, verifies the
 * signature, asks the caller's policies, and hands the request to the service.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalCloudError } from '../errors';
import { type Authorization, type Caller, type Service, ServiceError, type VerifyChunk } from '../service';
import { validate } from '../validation';
import { BodyMemory, BodyTooLarge, discardBody, MemoryExhausted } from './body';
import { type CommonError, commonError } from './common-errors';
import { rejectionOf } from './guard';
import { holdResponse } from './hold-response';
import { DropConnection, type GatewayOptions, type RequestHandle } from './options';
import { restoreHeaders } from './presigned';
import { type Answer, PROTOCOLS } from './protocols';
import type { RequestSignature } from './request-signature';
import { readSignature } from './signature';
import { chunkVerifier, identify, type Verification, verifyBody, verifySignature } from './verify';

/** Lambda takes 6 MB; most others less. */
const MAX_BODY_BYTES = 8 * 1024 ** 2;
const MAX_BODIES_BYTES = 256 * 1024 ** 2;

export interface Gateway {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  /** Ends open requests and connections at once. */
  close(): Promise<void>;
}

/** Listens on the loopback address only. Rejects with a LocalCloudError if the port cannot be had. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { headersSeconds = 20, idleSeconds = 65, stalledSeconds = 60 } = options.timeouts ?? {};
  const server = createServer({
    headersTimeout: headersSeconds * 1000,
    keepAliveTimeout: idleSeconds * 1000,
    connectionsCheckingInterval: Math.min(headersSeconds * 1000, 5_000),
    // A whole request may take long: uploads have many gigabytes. The socket's timeout ends a request that stalls.
    requestTimeout: 0,
  });
  const listener = { options, memory: new BodyMemory(MAX_BODIES_BYTES) };
  const take = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => {
    limitStall(request, stalledSeconds * 1000);
    // An error of a request ends only its connection.
    const abandon = (error: unknown) => {
      options.log?.(`${request.method} ${request.url} failed`, error);
      response.destroy();
    };
    response.on('error', abandon);
    serve(listener, request, response, expectsContinue).catch(abandon);
  };
  server.on('request', (request, response) => take(request, response, false));
  server.on('checkContinue', (request, response) => take(request, response, true));
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const why =
        code === 'EADDRINUSE' ? 'is in use: choose another one.' : `cannot be listened on: ${message}`;
      reject(new LocalCloudError(`Port ${options.port} ${why}`));
    });
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  server.on('error', (error) => options.log?.('A connection cannot be taken', error));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The state that all requests of a gateway share. */
interface Listener {
  options: GatewayOptions;
  memory: BodyMemory;
}

/** A request on its way through the gateway. */
interface Incoming extends Listener {
  request: IncomingMessage;
  response: ServerResponse;
  /** The client waits for leave to send the body. */
  expectsContinue: boolean;
  /** The error if there is none, or none that can be read. */
  signature: RequestSignature | CommonError;
  service: Service;
  isKnown: boolean;
  handle: RequestHandle;
  signal: AbortSignal;
}

/** Ends a connection on which nothing of the request's body has come for this long. */
function limitStall(request: IncomingMessage, milliseconds: number): void {
  const { socket, headers } = request;
  const hasBody = Number(headers['content-length']) > 0 || headers['transfer-encoding'] !== undefined;
  if (!hasBody) return;
  socket.setTimeout(milliseconds);
  request.once('end', () => socket.setTimeout(0));
}

async function serve(
  listener: Listener,
  request: IncomingMessage,
  response: ServerResponse,
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
  const route = Object.entries(options.routes ?? {}).find(([start]) => url.startsWith(start));
  if (route) return route[1](request, response);

  const signature = readSignature(request) ?? 'unsigned';
  const found = options.services.find(serves(request, signature));
  const service = found ?? strangerTo(request, signature);
  const handle: RequestHandle = { service: service.name, action: 'unknown', requestId: randomUUID() };
  response.setHeader('x-amzn-requestid', handle.requestId);
  const hangUp = new AbortController();
  let code: string | undefined;
  response.once('close', () => {
    if (!response.writableFinished) hangUp.abort();
    options.onRequest?.({ ...handle, status: response.statusCode, error: code });
  });
  const { interceptResponse } = options;
  if (interceptResponse) holdResponse(response, () => interceptResponse(handle));
  const { signal } = hangUp;
  const isKnown = found !== undefined;
  const incoming = {
    ...listener,
    request,
    response,
    expectsContinue,
    signature,
    service,
    isKnown,
    handle,
    signal,
  };
  try {
    await operate(incoming);
  } catch (error) {
    if (error instanceof DropConnection) return void response.destroy();
    code = error instanceof ServiceError ? error.code : 'InternalFailure';
    await fail(incoming, error);
  }
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

async function operate(incoming: Incoming): Promise<void> {
  const { options, request, response, service, handle, signal } = incoming;
  const { caller, body, verifyChunk } = await authenticate(incoming);
  handle.caller = caller;
  const admit = async (authorizations: Authorization[]) => {
    handle.resources = authorizations.flatMap(({ resources }) => resources);
    for (const authorization of authorizations) {
      const denial = options.policies?.denial(caller, authorization);
      if (denial !== undefined) throw commonError(service.protocol, 'denied', denial);
    }
    return options.intercept?.(handle);
  };
  if (service.protocol === 'stream') {
    const authorizations = service.authorize(request);
    handle.action = service.operation(request);
    await admit(authorizations);
    letBodyCome(incoming);
    return service.handle(request, response, { caller, signal, verifyChunk });
  }
  const protocol = PROTOCOLS[service.protocol];
  const { action, input: received } = protocol.parse(request, body);
  handle.action = action;
  const operation = Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
  if (!operation) {
    const what = `${service.name}:${action}; see docs/local-cloud.md for what it does`;
    throw new ServiceError('NotImplemented', `The local cloud does not implement ${what}.`, 501);
  }
  const input = validate(service, operation, received);
  const authorization = operation.authorize?.(input);
  const instead = await admit([authorization ?? { action: `${service.name}:${action}`, resources: ['*'] }]);
  const output = instead ?? (await operation.run(input, { caller, signal }));
  if (!signal.aborted) send(response, protocol.answer(action, output, handle.requestId));
}

/**
 * Who has signed the request, and its body, which is empty for a service that streams. All that can be verified is, before the
 * body is read.
 */
async function authenticate(
  incoming: Incoming,
): Promise<{ caller: Caller; body: Buffer; verifyChunk?: VerifyChunk }> {
  const { options, request, signature, service, isKnown } = incoming;
  const { protocol } = service;
  if (typeof signature === 'string') throw commonError(protocol, signature);
  // Some services have one region for the whole world: of those that are not here, none is wrong.
  const here = service.protocol === 'stream' ? service.regionOf(request) : options.region;
  const region = isKnown ? here : undefined;
  const verification: Verification = { request, signature, protocol, identities: options.identities, region };
  const identity = identify(verification);
  const { caller } = identity;
  const hashOf = () => request.headers['x-amz-content-sha256']?.toString();
  if (protocol === 'stream') {
    await verifySignature(verification, identity);
    if (signature.expires !== undefined) restoreHeaders(request);
    const isInChunks = hashOf()?.includes('AWS4-HMAC-SHA256');
    const verifyChunk = isInChunks ? chunkVerifier(verification, identity) : undefined;
    return { caller, body: Buffer.alloc(0), verifyChunk };
  }
  const isHashed = hashOf() !== undefined;
  if (isHashed) await verifySignature(verification, identity);
  const body = await readBody(incoming, service.maxRequestBytes);
  if (isHashed) verifyBody(verification, body);
  else await verifySignature(verification, identity, body);
  return { caller, body };
}

function letBodyCome(incoming: Incoming): void {
  if (incoming.expectsContinue) incoming.response.writeContinue();
  incoming.expectsContinue = false;
}

async function readBody(incoming: Incoming, limit = MAX_BODY_BYTES): Promise<Buffer> {
  const { memory, request, response, service } = incoming;
  letBodyCome(incoming);
  try {
    return await memory.read(request, response, limit);
  } catch (error) {
    if (error instanceof BodyTooLarge) {
      throw commonError(service.protocol, 'too-large', `The request is over ${limit} bytes.`);
    }
    if (error instanceof MemoryExhausted) throw commonError(service.protocol, 'unavailable');
    throw error;
  }
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
  else send(response, PROTOCOLS[service.protocol].fail(known, handle.requestId));
}

function send(response: ServerResponse, { statusCode, headers, body }: Answer): void {
  response.writeHead(statusCode, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
