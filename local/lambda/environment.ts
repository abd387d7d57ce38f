/** One execution environment of a function: its process, the Runtime API that the process polls, and its log. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
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
  /** When it is not used any more, milliseconds since the epoch: its credentials come to their end. */
  renewAt: number;
  /** Takes each message of its log, which may have several lines. */
  log(message: string): void;
}

export interface Invocation {
  payload: Buffer;
  /** The function failed: the payload is its error. */
  failed: boolean;
  /** All that was logged meanwhile. */
  log: string;
}

interface Current {
  requestId: string;
  payload: Buffer;
  deadline: number;
  settle(payload: Buffer, failed: boolean): void;
}

export class ExecutionEnvironment {
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private readonly messages: string[] = [];
  private current: Current | undefined;
  /** The process waits for an invocation here. */
  private waiting: ServerResponse | undefined;
  private child: Child | undefined;
  private initError: Buffer | undefined;
  private closed = false;

  constructor(private readonly options: EnvironmentOptions) {}

  get isUsable(): boolean {
    return !this.closed && this.options.renewAt > Date.now();
  }

  /** One invocation at a time. What goes wrong with the function is its result. */
  async invoke(payload: Buffer): Promise<Invocation> {
    const { timeoutSeconds, memoryMiB } = this.options;
    const requestId = randomUUID();
    this.messages.length = 0;
    this.write(`START RequestId: ${requestId} Version: $LATEST`);
    const started = performance.now();
    const answered = new Promise<Pick<Invocation, 'payload' | 'failed'>>((resolve) => {
      const settle: Current['settle'] = (answer, failed) => resolve({ payload: answer, failed });
      this.current = { requestId, payload, deadline: Date.now() + timeoutSeconds * 1000, settle };
    });
    const timer = setTimeout(() => {
      const late = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
      this.write(`${new Date().toISOString()} ${requestId} ${late}`);
      this.fail('Sandbox.Timedout', late);
      this.close();
    }, timeoutSeconds * 1000);
    if (this.child) this.handOut();
    else await this.start();
    const answer = await answered;
    clearTimeout(timer);
    this.current = undefined;
    const duration = performance.now() - started;
    this.write(`END RequestId: ${requestId}`);
    this.write(
      `REPORT RequestId: ${requestId}\tDuration: ${duration.toFixed(2)} ms\tBilled Duration: ${Math.ceil(duration)} ms\tMemory Size: ${memoryMiB} MB`,
    );
    return { ...answer, log: this.messages.join('\n') };
  }

  close(): void {
    this.closed = true;
    this.child?.kill('SIGKILL');
    this.server.close();
    this.server.closeAllConnections();
  }

  private async start(): Promise<void> {
    const { processes, bootstrap, codeFolder, memoryMiB, variables } = this.options;
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    this.child = await processes.start({
      // AWS's runtime leaves a tenth of the function's memory to all that is not V8's heap.
      command: ['node', `--max-old-space-size=${Math.floor(memoryMiB * 0.9)}`, bootstrap],
      cwd: codeFolder,
      environment: { ...variables, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
      // A message's own lines are told apart by \r, so that they stay one event.
      onLine: (line) => this.write(line.replaceAll('\r', '\n')),
    });
    void this.child.ended.then(({ exitCode }) => {
      this.close();
      if (this.initError) this.current?.settle(this.initError, true);
      const how = exitCode > 128 ? 'signal: killed' : `exit status ${exitCode}`;
      this.fail('Runtime.ExitError', `Runtime exited with error: ${how}`);
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace('/2018-06-01/runtime', '') ?? '';
    if (path === '/invocation/next') {
      this.waiting = response;
      return this.handOut();
    }
    const body = await buffer(request);
    response.writeHead(202).end();
    // What the function has logged before is in its pipe by now, and read in this turn of the event loop.
    await setImmediate();
    const [, id, kind] = /^\/invocation\/(.+)\/(response|error)$/.exec(path) ?? [];
    if (path === '/init/error') this.initError = body;
    else if (id === this.current?.requestId) this.current?.settle(body, kind === 'error');
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

  private fail(errorType: string, message: string): void {
    const errorMessage = `RequestId: ${this.current?.requestId} Error: ${message}`;
    this.current?.settle(Buffer.from(JSON.stringify({ errorType, errorMessage })), true);
  }

  private write(message: string): void {
    this.messages.push(message);
    this.options.log(message);
  }
}
