/** The one HTTP endpoint of the local cloud: its server and connections. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalCloudError } from '../errors';
import { BodyMemory } from './body';
import type { GatewayOptions } from './options';
import { GatewayResponse } from './response';
import { serve } from './serve';

/** Bodies of all requests together. */
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
  const server = createServer<typeof IncomingMessage, typeof GatewayResponse>({
    ServerResponse: GatewayResponse,
    headersTimeout: headersSeconds * 1000,
    keepAliveTimeout: idleSeconds * 1000,
    connectionsCheckingInterval: Math.min(headersSeconds * 1000, 5_000),
    // A whole request may take long: uploads have many gigabytes. The socket's timeout ends a request that stalls.
    requestTimeout: 0,
  });
  const listener = { options, memory: new BodyMemory(MAX_BODIES_BYTES) };
  const take = (request: IncomingMessage, response: GatewayResponse, expectsContinue: boolean) => {
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

/** Ends a connection on which nothing of the request's body has come for this long. */
function limitStall(request: IncomingMessage, milliseconds: number): void {
  const { socket, headers } = request;
  const hasBody = Number(headers['content-length']) > 0 || headers['transfer-encoding'] !== undefined;
  if (!hasBody) return;
  socket.setTimeout(milliseconds);
  request.once('end', () => socket.setTimeout(0));
}
