/** A gateway with S3 on a folder, services that echo their input, and connections that send bytes that no client would send. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { GatewayOptions, Identity } from '../../../../local/core/gateway';
import { startGateway } from '../../../../local/core/gateway';
import { type OperationsService, operation } from '../../../../local/core/service';
import { createS3 } from '../../../../local/services/s3';
import { signerOf } from '../../support/signer';

export const REGION = 'eu-west-1';
export const BUCKET = 'bkt';
export const user: Identity = {
  caller: { accessKeyId: 'AKIATEST', arn: 'arn:aws:iam::000000000000:user/local' },
  secretAccessKey: 'secret',
};
export const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };

export type Fixture = Awaited<ReturnType<typeof startFixture>>;

/** `ecs` speaks JSON, `autoscaling` forms; both echo their input, and `Wait` waits for the given number of seconds. */
export async function startFixture(options: Partial<GatewayOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'));
  const s3 = createS3({ buckets: { [BUCKET]: { folder } }, region: options.region ?? REGION });
  const echo = operation({ input: z.looseObject({}), run: (input) => input });
  const wait = operation({
    input: z.object({ seconds: z.number() }),
    async run({ seconds }) {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      return { waited: seconds };
    },
  });
  const ecs: OperationsService = {
    name: 'ecs',
    protocol: 'json',
    operations: { ListTasks: echo, Wait: wait },
  };
  /** The answers of the gateway, and the actions of the routes. */
  const served: string[] = [];
  const autoscaling: OperationsService = {
    name: 'autoscaling',
    protocol: 'query',
    operations: { DescribeAutoScalingGroups: echo },
    routes: {
      '/_route/': (_request, response) => {
        served.push('route');
        response.end('route');
      },
      '/_broken/': () => Promise.reject(new Error('This route is broken.')),
    },
  };
  const gateway = await startGateway({
    region: REGION,
    services: [s3, ecs, autoscaling],
    identities: { find: (key) => (key === credentials.accessKeyId ? user : undefined) },
    log: (message) => served.push(message),
    onRequest: ({ service, action }) => served.push(`${service}:${action}`),
    ...options,
  });
  const { host, port } = new URL(gateway.endpoint);
  return {
    endpoint: gateway.endpoint,
    host,
    folder,
    served,
    client: { endpoint: gateway.endpoint, region: REGION, maxAttempts: 1, credentials },
    open: async () => new Connection(await connected(connect(Number(port), '127.0.0.1'))),
    async close() {
      await gateway.close();
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function connected(socket: Socket): Promise<Socket> {
  await once(socket, 'connect');
  return socket;
}

export interface Answer {
  status: number;
  /** Status line and headers. */
  head: string;
  body: string;
}

/** One connection, on which a test may write any bytes. */
export class Connection {
  private received = '';
  private isClosed = false;

  constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
    });
    // The other end may close while this one still writes.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.isClosed = true;
    });
  }

  /** Lines of a request's head, then its body. */
  send(head: string[], body: string | Buffer = ''): this {
    this.write(`${head.join('\r\n')}\r\n\r\n`);
    return this.write(body);
  }

  write(text: string | Buffer): this {
    this.socket.write(text);
    return this;
  }

  /** The next answer; undefined if the connection closes before that. */
  async answer(): Promise<Answer | undefined> {
    for (;;) {
      const end = this.received.indexOf('\r\n\r\n');
      const head = this.received.slice(0, Math.max(end, 0));
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (end >= 0 && this.received.length >= end + 4 + length) {
        const body = this.received.slice(end + 4, end + 4 + length);
        this.received = this.received.slice(end + 4 + length);
        return { status: Number(head.split(' ')[1]), head, body };
      }
      if (this.isClosed) return undefined;
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
  }

  /** Resolves when the other end has closed it. */
  async closed(): Promise<void> {
    if (!this.isClosed) await once(this.socket, 'close');
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** A body's hash is signed only if the test says so. */
const signer = (service: string, region = REGION) => signerOf(service, { region, credentials }, false);

export interface Unsigned {
  service: string;
  method?: string;
  path?: string;
  query?: Record<string, string>;
  /** The URL without the host. */
  headers?: Record<string, string>;
  body?: string | Buffer;
  region?: string;
  signingDate?: Date;
}

/** Headers of a request that is signed as a client signs it. */
export async function sign({ host }: Fixture, request: Unsigned): Promise<Record<string, string>> {
  const { service, method = 'POST', path = '/', query, headers, body = '', region, signingDate } = request;
  const message = {
    method,
    protocol: 'http:',
    hostname: '',
    path,
    query,
    headers: { host, ...headers },
    body,
  };
  return (await signer(service, region).sign(message, { signingDate })).headers;
}

/** Path and query of a presigned request. */
export async function presign({ host }: Fixture, request: Unsigned): Promise<string> {
  const { service, method = 'GET', path = '/', query, headers, region, signingDate } = request;
  const own = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers };
  const message = { method, protocol: 'http:', hostname: '', path, query, headers: own };
  const signed = await signer(service, region).presign(message, { expiresIn: 60, signingDate });
  return `${path}?${new URLSearchParams(signed.query as Record<string, string>)}`;
}

export const headLines = (first: string, headers: Record<string, string>): string[] => [
  `${first} HTTP/1.1`,
  ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
];
