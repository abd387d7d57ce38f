/**
 * An independent emulator of the AWS control plane: moto server, behind a proxy that answers requests of the AWS provider that moto lacks.
 * It uses no part of this project's local cloud.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { json } from 'node:stream/consumers';

export interface Emulator {
  endpoint: string;
  /** The requested actions, as IAM names them. They lack S3, Lambda and EventBridge Scheduler, whose requests do not name their action. */
  actions: Set<string>;
  close(): Promise<void>;
}

/** Operations that moto 5.2 lacks, and the answers of AWS. */
const ANSWERS: Record<string, object> = {
  // Else the provider retries for minutes.
  'AWSStepFunctions.ValidateStateMachineDefinition': { result: 'OK', diagnostics: [] },
  'AWSStepFunctions.ListStateMachineVersions': { stateMachineVersions: [] },
};

export async function startEmulator(command: string): Promise<Emulator> {
  const port = await freePort();
  const moto = spawn(command, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const actions = new Set<string>();
  const proxy = createServer((incoming, outgoing) => {
    noteAction(incoming, actions);
    const target = String(incoming.headers['x-amz-target'] ?? '');
    const answer = ANSWERS[target];
    if (answer) {
      incoming.resume();
      outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
      return;
    }
    const forwarded = request(
      { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      async (response) => {
        if (!target.startsWith('AmazonEC2ContainerService')) {
          outgoing.writeHead(response.statusCode ?? 502, response.headers);
          response.pipe(outgoing);
          return;
        }
        const body = JSON.stringify(withoutEmptyNetwork(await json(response)));
        const { 'content-length': _, 'transfer-encoding': __, ...headers } = response.headers;
        outgoing.writeHead(response.statusCode ?? 502, headers).end(body);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  try {
    await listening(moto);
  } catch (error) {
    moto.kill('SIGKILL');
    throw error;
  }
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    actions,
    close: () => close(proxy, moto),
  };
}

/** Prefixes of actions that differ from the name in the signatures of the service. */
const PREFIXES: Record<string, string> = { monitoring: 'cloudwatch' };

/** The JSON protocols name the action in a header, CBOR in the path, the query protocol in the body. */
function noteAction(request: IncomingMessage, actions: Set<string>): void {
  const { authorization = '', 'x-amz-target': target } = request.headers;
  const service = /Credential=[^/]+\/\d+\/[^/]*\/([^/]+)\//.exec(authorization)?.[1];
  if (!service) return;
  const note = (action?: string) => action && actions.add(`${PREFIXES[service] ?? service}:${action}`);
  if (target) note(String(target).split('.').at(-1));
  else if (request.url?.includes('/operation/')) note(request.url.split('/').at(-1));
  else request.on('data', (chunk) => note(/(?:^|&)Action=(\w+)/.exec(String(chunk))?.[1]));
}

/** A service without awsvpc networking has no network configuration. Moto answers an empty one, which crashes the provider. */
function withoutEmptyNetwork(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyNetwork);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => key !== 'networkConfiguration' || item?.awsvpcConfiguration)
      .map(([key, item]) => [key, withoutEmptyNetwork(item)]),
  );
}

/** Resolves when moto says that it listens; rejects with its output when it ends before. */
async function listening(moto: ChildProcess): Promise<void> {
  const stderr = moto.stderr as NodeJS.ReadableStream;
  let output = '';
  await new Promise<void>((resolve, reject) => {
    moto.once('error', reject);
    moto.once('exit', (code) => reject(new Error(`moto_server ended with ${code}: ${output}`)));
    stderr.on('data', (chunk) => {
      output = (output + chunk).slice(-4000);
      if (output.includes('Running on')) resolve();
    });
  });
}

async function close(proxy: Server, moto: ChildProcess): Promise<void> {
  proxy.closeAllConnections();
  proxy.close();
  if (moto.exitCode !== null) return;
  moto.kill('SIGKILL');
  await once(moto, 'exit');
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
