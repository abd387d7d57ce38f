/**
 * The one HTTP endpoint of the local cloud. It finds the service by the signature's credential scope, verifies the
 * signature, asks the caller's policies, and hands the request to the service.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalCloudError } from '../errors';
import { type Authorization, type Caller, type Service, ServiceError } from '../service';
import { validate } from '../validation';
import { holdAnswer } from './hold';
import { DropConnection, type GatewayOptions, type RequestHandle } from './options';
import { type Answer, PROTOCOLS } from './protocols';
import { refuse } from './refusals';
import { type Claim, isSignatureVersion2, readClaim, verify } from './signature';

/** Lambda takes 6 MB; most others less. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface Gateway {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  /** Ends open requests and connections at once. */
  close(): Promise<void>;
}

/** Listens on the loopback address only. Rejects with a LocalCloudError if the port cannot be had. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  // Uploads of many gigabytes take longer than Node's default of five minutes.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 }, (request, response) => {
    void serve(options, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const why =
        code === 'EADDRINUSE' ? 'is in use: choose another one.' : `cannot be listened on: ${message}`;
      reject(new LocalCloudError(`Port ${options.port} ${why}`));
    });
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A request on its way through the gateway. */
interface Incoming {
  options: GatewayOptions;
  request: IncomingMessage;
  response: ServerResponse;
  claim: Claim | undefined;
  service: Service;
  handle: RequestHandle;
  signal: AbortSignal;
}

async function serve(options: GatewayOptions, request: IncomingMessage, response: ServerResponse) {
  const claim = readClaim(request);
  const { url = '/' } = request;
  const route = Object.entries(options.routes ?? {}).find(([start]) => !claim && url.startsWith(start));
  if (route) return route[1](request, response);

  const service = serviceOf(options.services, claim, request);
  const handle: RequestHandle = { service: service.name, action: 'unknown', requestId: randomUUID() };
  response.setHeader('x-amzn-requestid', handle.requestId);
  const hangUp = new AbortController();
  let code: string | undefined;
  response.once('close', () => {
    if (!response.writableFinished) hangUp.abort();
    options.onRequest?.({ ...handle, status: response.statusCode, error: code });
  });
  const { interceptResponse } = options;
  if (interceptResponse) holdAnswer(response, () => interceptResponse(handle));
  const incoming = { options, request, response, claim, service, handle, signal: hangUp.signal };
  await operate(incoming).catch((error) => {
    if (error instanceof DropConnection) return void request.socket.destroy();
    code = error instanceof ServiceError ? error.code : 'InternalFailure';
    fail(incoming, error);
  });
}

/** Who asks without a signature, and without another mark, asks S3. Of a service that is not here there are no operations. */
function serviceOf(services: Service[], claim: Claim | undefined, { headers }: IncomingMessage): Service {
  const target = headers['x-amz-target'];
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const found = services.find(({ name, protocol }) =>
    claim || target ? name === claim?.service : protocol === 'stream',
  );
  // In the client's protocol, so that it can read the refusal.
  const protocol = target ? 'json' : isForm ? 'query' : 'rest-json';
  return found ?? { name: claim?.service ?? 'unknown', protocol, operations: {} };
}

async function operate(incoming: Incoming): Promise<void> {
  const { options, request, response, service, handle, signal } = incoming;
  const body = service.protocol === 'stream' ? undefined : await readBody(request, service.maxRequestBytes);
  const caller = await authenticate(incoming, body);
  handle.caller = caller;
  const admit = async (authorizations: Authorization[]) => {
    for (const authorization of authorizations) {
      const refusal = options.policies?.refusal(caller, authorization);
      if (refusal !== undefined) throw refuse(service.protocol, 'denied', refusal);
    }
    return options.intercept?.(handle);
  };
  if (service.protocol === 'stream') {
    const authorizations = service.authorize(request);
    handle.action = service.operation(request);
    await admit(authorizations);
    return service.handle(request, response, { caller, signal });
  }
  const protocol = PROTOCOLS[service.protocol];
  const { action, input: received } = protocol.parse(request, body ?? Buffer.alloc(0));
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

async function authenticate({ options, request, claim, service }: Incoming, body?: Buffer): Promise<Caller> {
  if (isSignatureVersion2(request)) {
    const message =
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';
    throw new ServiceError('InvalidRequest', message);
  }
  const identity = claim && options.identities.find(claim.accessKeyId);
  const problem = claim ? await verify(request, claim, identity, body) : 'unsigned';
  if (problem || !identity) throw refuse(service.protocol, problem ?? 'unknown-key');
  return identity.caller;
}

function fail({ options, request, response, service, handle }: Incoming, error: unknown): void {
  const isMeant = error instanceof ServiceError;
  // What breaks off because the client has left is no fault of the service.
  if (!isMeant && !response.destroyed) options.log?.(`${handle.service}:${handle.action} failed`, error);
  // Half an answer is out: only a broken connection tells the client so.
  if (response.headersSent || response.destroyed) return void response.destroy();
  const known = isMeant ? error : new ServiceError('InternalFailure', String(error), 500);
  if (service.protocol === 'stream') service.renderError(known, request, response);
  else send(response, PROTOCOLS[service.protocol].fail(known, handle.requestId));
}

function send(response: ServerResponse, { statusCode, headers, body }: Answer): void {
  response.writeHead(statusCode, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

async function readBody(request: IncomingMessage, maximum = MAX_BODY_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximum) {
      const message = `The request is over ${maximum} bytes.`;
      throw new ServiceError('RequestEntityTooLargeException', message, 413);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
