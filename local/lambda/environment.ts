/** One execution environment of a function: its process, and the Runtime API that the process polls. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Child, Processes } from '../processes/processes';

export interface EnvironmentOptions {
  processes: Processes;
  /** The compiled bootstrap. */
  bootstrap: string;
  /** The function's code, unpacked. */
  codeFolder: string;
  functionArn: string;
  timeoutSeconds: number;
  memoryMiB: number;
  variables: Record<string, string>;
  onLine(line: string): void;
}

export interface InvocationResult {
  payload: Buffer;
  /** The function failed: the payload is its error. */
  failed: boolean;
  /** Seconds are billed from here on; milliseconds. */
  duration: number;
}

interface Current {
  requestId: string;
  payload: Buffer;
  deadline: number;
  settle(payload: Buffer | object, failed: boolean): void;
}

export class ExecutionEnvironment {
  private current: Current | undefined;
  private waiting: ServerResponse | undefined;
  private child: Child | undefined;
  private server: Server | undefined;
  private initError: Buffer | undefined;
  /** Its process is gone: not to be used again. */
  dead = false;

  constructor(private readonly options: EnvironmentOptions) {}

  /** One invocation at a time. Never rejects: what goes wrong with the function is its result. */
  async invoke(requestId: string, payload: Buffer): Promise<InvocationResult> {
    const { timeoutSeconds } = this.options;
    const started = performance.now();
    const answered = new Promise<{ payload: Buffer; failed: boolean }>((resolve) => {
      const settle: Current['settle'] = (result, failed) => {
        this.current = undefined;
        resolve({ payload: Buffer.isBuffer(result) ? result : Buffer.from(JSON.stringify(result)), failed });
      };
      this.current = { requestId, payload, deadline: Date.now() + timeoutSeconds * 1000, settle };
    });
    const timer = setTimeout(() => {
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
      this.options.onLine(
        `${new Date().toISOString()} ${requestId} Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      );
      this.current?.settle({ errorType: 'Sandbox.Timedout', errorMessage }, true);
      this.close();
    }, timeoutSeconds * 1000);
    if (this.server) this.handOut();
    else await this.start();
    const result = await answered;
    clearTimeout(timer);
    return { ...result, duration: performance.now() - started };
  }

  close(): void {
    this.dead = true;
    this.child?.kill('SIGKILL');
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async start(): Promise<void> {
    const { processes, bootstrap, codeFolder, memoryMiB, variables, onLine } = this.options;
    this.server = createServer((request, response) => void this.serve(request, response));
    const { server } = this;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    this.child = await processes.start({
      // AWS's runtime leaves a tenth of the function's memory to all that is not V8's heap.
      command: ['node', `--max-old-space-size=${Math.floor(memoryMiB * 0.9)}`, bootstrap],
      cwd: codeFolder,
      environment: { ...variables, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
      onLine,
    });
    void this.child.ended.then(({ exitCode }) => {
      this.close();
      const { requestId = randomUUID() } = this.current ?? {};
      const how = exitCode > 128 ? 'signal: killed' : `exit status ${exitCode}`;
      const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${how}`;
      this.current?.settle(this.initError ?? { errorType: 'Runtime.ExitError', errorMessage }, true);
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace('/2018-06-01/runtime', '') ?? '';
    if (path === '/invocation/next') {
      this.waiting = response;
      this.handOut();
      return;
    }
    const body = await read(request);
    response.writeHead(202).end();
    if (path === '/init/error') this.initError = body;
    else if (path === `/invocation/${this.current?.requestId}/response`) this.current?.settle(body, false);
    else if (path === `/invocation/${this.current?.requestId}/error`) this.current?.settle(body, true);
  }

  /** The process has asked for an invocation, and one is there. */
  private handOut(): void {
    if (!this.waiting || !this.current) return;
    this.waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': this.current.requestId,
      'lambda-runtime-deadline-ms': String(this.current.deadline),
      'lambda-runtime-invoked-function-arn': this.options.functionArn,
    });
    this.waiting.end(this.current.payload);
    this.waiting = undefined;
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
