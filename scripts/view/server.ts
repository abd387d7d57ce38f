/** The page of a deployment's runs, on the loopback address. Credentials stay in this process. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bundlePage } from '../../bundles/page';
import { BatchProcessorError } from '../../client';
import { EXECUTION_NAME } from '../../client/execution-name';
import { UsageError } from '../cli/usage-error';
import type { Target } from '../target/target';
import { Access } from './access';
import { retryFailed, stopRun } from './actions';
import { EventStream } from './event-stream';
import { LiveRun } from './live-run';
import { sendObject } from './object-link';
import { Runs } from './runs';

export interface ViewServer {
  /** `http://127.0.0.1:<port>/?key=…`: lets the browser that opens it in. */
  address: string;
  close(): Promise<void>;
}

export interface ViewOptions {
  /** Default: any free one. */
  port?: number;
}

/** Throws a UsageError if the port cannot be had. */
export async function startView(target: Target, { port = 0 }: ViewOptions = {}): Promise<ViewServer> {
  const view = new View(target);
  const server = createServer((request, response) => void view.serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const why =
        code === 'EADDRINUSE' ? 'is in use: choose another one' : `cannot be listened on: ${message}`;
      reject(new UsageError(`Port ${port} ${why}.`));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${taken}${view.access.path}`,
    close: () =>
      new Promise((resolve) => {
        view.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Nothing is loaded from elsewhere, and nobody may show the page in a frame. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const SHELL = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Runs</title>
<link rel="stylesheet" href="/view.css">
</head>
<body>
<main id="page"><noscript>This page needs JavaScript.</noscript></main>
<script src="/view.js"></script>
</body>
</html>
`;

/** The base that a path is resolved against; any would do. */
const ORIGIN = 'http://127.0.0.1';

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  name: string,
) => Promise<void> | void;

class View {
  readonly access = new Access();
  private readonly bundle = bundlePage('view');
  private readonly runs: Runs;
  private readonly live = new Map<string, LiveRun>();
  /** By method and path; `:name` is the name of an execution. */
  private readonly routes: [method: string, path: RegExp, handle: Handler][];

  constructor(private readonly target: Target) {
    const { batch } = target;
    this.runs = new Runs(target);
    const page: Handler = (_request, response) => send(response, 'text/html', SHELL);
    this.routes = [
      ['GET', /^\/$/, page],
      ['GET', /^\/runs\/([^/]+)$/, page],
      ['GET', /^\/view\.js$/, (_request, response) => send(response, 'text/javascript', this.bundle.script)],
      ['GET', /^\/view\.css$/, (_request, response) => send(response, 'text/css', this.bundle.style)],
      ['GET', /^\/api\/runs$/, async (_request, response) => sendJson(response, await this.runs.read())],
      ['GET', /^\/api\/runs\/([^/]+)$/, (_request, response, _url, name) => this.sendEvents(response, name)],
      [
        'POST',
        /^\/api\/runs\/([^/]+)\/stop$/,
        async (_request, response, _url, name) => {
          await stopRun(batch, name);
          sendJson(response, {});
        },
      ],
      [
        'POST',
        /^\/api\/runs\/([^/]+)\/retry$/,
        async (_request, response, _url, name) =>
          sendJson(response, { name: await retryFailed(batch, name) }),
      ],
      ['GET', /^\/objects$/, (_request, response, url) => sendObject(batch, url.searchParams, response)],
    ];
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    response.on('error', () => response.destroy());
    try {
      await this.answer(request, response);
    } catch (error) {
      const { name, message } = error as Error;
      if (response.headersSent) return void response.destroy();
      // An error of the client tells the user what to do; one of AWS has its name.
      const problem = error instanceof BatchProcessorError ? message : `${name}: ${message}`;
      sendJson(response, { problem }, error instanceof BatchProcessorError ? 409 : 502);
    }
  }

  close(): void {
    for (const run of this.live.values()) run.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.access.refusalOf(request);
    if (refusal) return send(response, 'text/plain', `${refusal.message}\n`, refusal.status);
    const cookie = this.access.cookieFor(request);
    if (cookie !== undefined) {
      response.writeHead(303, { 'set-cookie': cookie, location: '/' }).end();
      return;
    }
    const { url: target = '/' } = request;
    const url = URL.canParse(target, ORIGIN) ? new URL(target, ORIGIN) : undefined;
    for (const [method, path, handle] of this.routes) {
      const found = request.method === method && url && path.exec(url.pathname);
      if (!found) continue;
      const name = decode(found[1] ?? 'none');
      if (!EXECUTION_NAME.test(name)) break;
      return handle(request, response, url, name);
    }
    send(response, 'text/plain', 'There is no such page.\n', 404);
  }

  private sendEvents(response: ServerResponse, name: string): void {
    const events = new EventStream(response);
    response.once(
      'close',
      this.liveRun(name).subscribe((event) => events.tell(event)),
    );
  }

  private liveRun(name: string): LiveRun {
    const found = this.live.get(name);
    if (found) return found;
    const run = new LiveRun(this.target, this.target.batch.execution(name), () => {
      run.close();
      this.live.delete(name);
    });
    this.live.set(name, run);
    return run;
  }
}

/** Empty if an escape is broken: no name is empty. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function send(response: ServerResponse, type: string, body: string, status = 200): void {
  response
    .writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'content-length': Buffer.byteLength(body),
    })
    .end(body);
}

function sendJson(response: ServerResponse, value: object, status = 200): void {
  send(response, 'application/json', JSON.stringify(value), status);
}
