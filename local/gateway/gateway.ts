/**
 * The one HTTP endpoint of the local cloud. It finds the service by the signature's credential scope, verifies the
 * signature, asks the caller's policies, and hands the request to the service.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Authorization,
  type Caller,
  type OperationsService,
  type Service,
  ServiceError,
  type StreamingService,
} from '../service';
import { holdAnswer } from './hold';
import { json } from './json';
import { DropConnection, type GatewayOptions, type RequestHandle } from './options';
import { type Protocol, S3_REFUSALS } from './protocol';
import { query } from './query';
import { notImplemented, restJson } from './rest-json';
import { type Claim, isSignatureVersion2, readClaim, verify } from './signature';

/** Lambda takes 6 MB, Step Functions 1 MiB, the others less. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const PROTOCOLS: Record<OperationsService['protocol'], Protocol> = { json, query, 'rest-json': restJson };

export interface Gateway {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  /** Ends open requests and connections at once. */
  close(): Promise<void>;
}

/** Listens on the loopback address only. Rejects with the system's error (EADDRINUSE …) if it cannot. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new RequestHandler(options);
  // Uploads of many gigabytes take longer than Node's default of five minutes.
  const server: Server = createServer(
    { requestTimeout: 0, keepAliveTimeout: 65_000 },
    (request, response) => {
      void gateway.serve(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
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
  request: IncomingMessage;
  response: ServerResponse;
  claim: Claim | undefined;
  handle: RequestHandle;
  signal: AbortSignal;
}

class RequestHandler {
  private readonly services: Map<string, Service>;

  constructor(private readonly options: GatewayOptions) {
    this.services = new Map(options.services.map((service) => [service.name, service]));
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    response.setHeader('x-amzn-requestid', requestId);
    const hangUp = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) hangUp.abort();
    });
    const claim = readClaim(request);
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const route = claim
      ? undefined
      : Object.entries(this.options.routes ?? {}).find(([at]) => path.startsWith(at));
    if (route) return route[1](request, response);

    const service = claim && this.services.get(claim.service);
    // A streaming service is S3, which is also who answers requests that carry no signature and no other mark.
    const streaming = service?.protocol === 'stream' ? service : this.unsignedStreaming(request, claim);
    const protocol = service && service.protocol !== 'stream' ? PROTOCOLS[service.protocol] : guess(request);
    const handle: RequestHandle = { service: claim?.service ?? 'unknown', action: 'unknown', requestId };
    const started = performance.now();
    const { interceptResponse } = this.options;
    if (interceptResponse) holdAnswer(response, () => interceptResponse(handle));
    let code: string | undefined;
    response.once('close', () => {
      this.options.onRequest?.({
        ...handle,
        error: code,
        status: response.statusCode,
        milliseconds: performance.now() - started,
        hungUp: !response.writableFinished,
      });
    });
    try {
      const incoming = { request, response, claim, handle, signal: hangUp.signal };
      if (streaming) await this.stream(streaming, incoming);
      else await this.operate(service, protocol, incoming);
    } catch (error) {
      if (error instanceof DropConnection) {
        request.socket.destroy();
        return;
      }
      code = error instanceof ServiceError ? error.code : 'InternalFailure';
      this.renderError(error, handle, streaming, protocol, request, response);
    }
  }

  private unsignedStreaming(
    request: IncomingMessage,
    claim: Claim | undefined,
  ): StreamingService | undefined {
    if (claim || request.headers['x-amz-target']) return undefined;
    return this.options.services.find(
      (service): service is StreamingService => service.protocol === 'stream',
    );
  }

  private async operate(
    service: Service | undefined,
    protocol: Protocol,
    { request, response, claim, handle, signal }: Incoming,
  ): Promise<void> {
    const body = await readBody(request);
    const caller = await this.authenticate(request, claim, protocol.refusals, body);
    handle.caller = caller;
    const { action, input } = protocol.parse(request, body);
    handle.action = action;
    const operations = service && service.protocol !== 'stream' ? service.operations : {};
    const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
    if (!operation) throw notImplemented(handle.service, action);
    const authorization = operation.authorize?.(input) ?? {
      action: `${handle.service}:${action}`,
      resources: ['*'],
    };
    this.permit(caller, authorization, protocol.refusals.denied);
    const instead = await this.options.intercept?.(handle);
    const output = instead ?? (await operation.run(input, { caller, signal }));
    if (signal.aborted) return;
    protocol.render(action, output, request, response);
  }

  private async stream(
    service: StreamingService,
    { request, response, claim, handle, signal }: Incoming,
  ): Promise<void> {
    handle.service = service.name;
    response.setHeader('x-amz-request-id', handle.requestId);
    const caller = await this.authenticate(request, claim, S3_REFUSALS);
    handle.caller = caller;
    const authorizations = service.authorize(request);
    handle.action = service.operation(request);
    for (const authorization of authorizations) this.permit(caller, authorization, S3_REFUSALS.denied);
    await this.options.intercept?.(handle);
    await service.handle(request, response, { caller, signal });
  }

  private async authenticate(
    request: IncomingMessage,
    claim: Claim | undefined,
    refusals: Protocol['refusals'],
    body?: Buffer,
  ): Promise<Caller> {
    const identity = claim && this.options.identities.find(claim.accessKeyId);
    if (isSignatureVersion2(request)) {
      const message =
        'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';
      throw new ServiceError('InvalidRequest', message, 400);
    }
    const problem = claim ? await verify(request, claim, identity, body) : 'unsigned';
    if (problem || !identity) {
      const [code, statusCode, message] = refusals[problem ?? 'unknown-key'];
      throw new ServiceError(code, message, statusCode);
    }
    return identity.caller;
  }

  private permit(caller: Caller, authorization: Authorization, denied: Protocol['refusals']['denied']): void {
    const refusal = this.options.policies?.refusal(caller, authorization);
    if (refusal !== undefined) throw new ServiceError(denied[0], refusal, denied[1]);
  }

  private renderError(
    error: unknown,
    handle: RequestHandle,
    streaming: StreamingService | undefined,
    protocol: Protocol,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    // What breaks off because the client has left is no fault of the service.
    if (!(error instanceof ServiceError) && !response.destroyed)
      this.options.log?.(`${handle.service}:${handle.action} failed`, error);
    // Half an answer is out: only a broken connection tells the client so.
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const known =
      error instanceof ServiceError ? error : new ServiceError('InternalFailure', String(error), 500);
    if (streaming) streaming.renderError(known, request, response);
    else protocol.renderError(known, request, response);
  }
}

/** The protocol of a client whose service is not here, so that it can read the refusal. */
function guess(request: IncomingMessage): Protocol {
  if (request.headers['x-amz-target']) return json;
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ? query : restJson;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw new ServiceError(
        'RequestEntityTooLargeException',
        `The request is over ${MAX_BODY_BYTES} bytes.`,
        413,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
