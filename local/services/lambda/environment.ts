/**
 * One execution environment of a function: its process, the channel to it, and its log. The channel is inherited, so that no
 * other process and no browser can take an invocation or answer one, as they could on a port.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { readLines } from '../../core/processes/lines';
import type { Child, Processes } from '../../core/processes/processes';
import type { Invocation, Outcome } from './bootstrap';

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
  /** When it is not used any more, milliseconds since the epoch: its credentials expire. */
  renewAt: number;
  /** Takes each message of its log, which may have several lines. */
  log(message: string): void;
}

export interface InvocationResult {
  /** JSON */
  payload: string;
  /** The function failed: the payload is its error. */
  failed: boolean;
  /** All that was logged meanwhile. */
  log: string;
}

interface Current {
  requestId: string;
  settle(payload: string, failed: boolean): void;
}

/**
 * Of a function's result: 6 MB and a little, as Lambda's own error says.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_RESULT_BYTES = 6_291_556;
/** The most bytes of an outcome on the channel, where each byte of a result may be escaped. */
const MAX_LINE_BYTES = 2 * MAX_RESULT_BYTES + 1024;

export class ExecutionEnvironment {
  private readonly messages: string[] = [];
  private current: Current | undefined;
  private child: Promise<Child> | undefined;
  private initError: string | undefined;
  private closed = false;
  private retired = false;

  constructor(private readonly options: EnvironmentOptions) {}

  get isUsable(): boolean {
    return !this.closed && !this.retired && this.options.renewAt > Date.now();
  }

  /** It takes no other invocation. */
  retire(): void {
    this.retired = true;
  }

  /** One invocation at a time. An error of the function is its result. */
  async invoke(payload: Buffer): Promise<InvocationResult> {
    const { timeoutSeconds, memoryMiB, functionArn } = this.options;
    const requestId = randomUUID();
    this.messages.length = 0;
    this.write(`START RequestId: ${requestId} Version: $LATEST`);
    const started = performance.now();
    const deadline = Date.now() + timeoutSeconds * 1000;
    const answered = new Promise<Pick<InvocationResult, 'payload' | 'failed'>>((resolve) => {
      const settle: Current['settle'] = (answer, failed) => resolve({ payload: answer, failed });
      this.current = { requestId, settle };
    });
    const timer = setTimeout(() => {
      const late = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
      this.write(`${new Date().toISOString()} ${requestId} ${late}`);
      this.fail('Sandbox.Timedout', late);
      this.close();
    }, timeoutSeconds * 1000);
    const child = await this.warm();
    const invocation: Invocation = { requestId, deadline, functionArn, payload: payload.toString() };
    child.channel?.write(`${JSON.stringify(invocation)}\n`);
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

  /** Starts its process, if it has none. */
  warm(): Promise<Child> {
    this.child ??= this.start();
    return this.child;
  }

  close(): void {
    this.closed = true;
    void this.child?.then(
      (child) => child.kill('SIGKILL'),
      () => {},
    );
  }

  private async start(): Promise<Child> {
    const { processes, bootstrap, codeFolder, memoryMiB, variables } = this.options;
    const child = await processes.start({
      // AWS's runtime leaves a tenth of the function's memory to all that is not V8's heap.
      command: ['node', `--max-old-space-size=${Math.floor(memoryMiB * 0.9)}`, bootstrap],
      cwd: codeFolder,
      environment: variables,
      hasChannel: true,
      // A message's own lines are told apart by \r, so that they stay one event.
      onLine: (line) => this.write(line.replaceAll('\r', '\n')),
    });
    if (this.closed) child.kill('SIGKILL');
    if (child.channel) readLines(child.channel, MAX_LINE_BYTES, (line) => void this.take(line));
    void child.ended.then(({ exitCode }) => {
      this.close();
      if (this.initError !== undefined) this.current?.settle(this.initError, true);
      const how = exitCode > 128 ? 'signal: killed' : `exit status ${exitCode}`;
      this.fail('Runtime.ExitError', `Runtime exited with error: ${how}`);
    });
    return child;
  }

  /** A line of the process: the function's own code can write there, too. Undefined: it was too long. */
  private async take(line: string | undefined): Promise<void> {
    // The function's earlier log lines are in its pipe by now. This turn of the event loop reads them.
    await setImmediate();
    const outcome = line === undefined ? undefined : readOutcome(line);
    if (line === undefined || (outcome && Buffer.byteLength(outcome.payload) > MAX_RESULT_BYTES)) {
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_RESULT_BYTES} bytes).`;
      const error = { errorType: 'Function.ResponseSizeTooLarge', errorMessage };
      return this.current?.settle(JSON.stringify(error), true);
    }
    if (!outcome) return;
    const { requestId, payload, failed } = outcome;
    if (requestId === undefined) this.initError = payload;
    else if (requestId === this.current?.requestId) this.current.settle(payload, failed);
  }

  private fail(errorType: string, message: string): void {
    const errorMessage = `RequestId: ${this.current?.requestId} Error: ${message}`;
    this.current?.settle(JSON.stringify({ errorType, errorMessage }), true);
  }

  private write(message: string): void {
    this.messages.push(message);
    this.options.log(message);
  }
}

/** Undefined if the line is not an outcome. */
function readOutcome(line: string): Outcome | undefined {
  try {
    const { requestId, payload, failed } = JSON.parse(line);
    return typeof payload === 'string' ? { requestId, payload, failed: failed === true } : undefined;
  } catch {
    return undefined;
  }
}
