/**
 * Runs in the function's process: loads the handler, takes invocations and answers them, as AWS's own runtime for Node.js
 * does. Instead of the Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) it uses a channel
 * that this process has inherited: one JSON document a line, an `Invocation` in, an `Outcome` out.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

/** The message of the execution environment to the runtime. */
export interface Invocation {
  requestId: string;
  /** Milliseconds since the epoch. */
  deadline: number;
  functionArn: string;
  /** JSON */
  payload: string;
}

/** The runtime's answer. */
export interface Outcome {
  /** None: the handler could not be loaded. */
  requestId?: string;
  /** JSON: the function's result, or its error. */
  payload: string;
  failed: boolean;
}

type Handler = (event: unknown, context: object) => unknown;

const { env } = process;
const channel = new Socket({ fd: 4 });
let requestId = '';

/** Resolves when the outcome is on its way. */
function send(outcome: Outcome): Promise<void> {
  return new Promise((resolve) => channel.write(`${JSON.stringify(outcome)}\n`, () => resolve()));
}

/** In text format, the runtime puts time, request id and level before what the function logs. */
function patchConsole(): void {
  for (const method of ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const) {
    const level = method === 'log' ? 'INFO' : method.toUpperCase();
    console[method] = (...values: unknown[]) => {
      const line = format(...values).replaceAll('\n', '\r');
      process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${line}\n`);
    };
  }
}

function describe(error: unknown): string {
  const {
    name,
    message,
    stack = '',
  } = error instanceof Error ? error : { name: typeof error, message: String(error) };
  return JSON.stringify({ errorType: name, errorMessage: message, trace: stack.split('\n') });
}

type Loaded = Record<string, unknown> & { default?: Record<string, unknown> };

/**
 * As AWS's own runtime does: by `require` if that can load it, since `import` first reads all of a CommonJS module to find what it exports.
 */
async function loadModule(path: string): Promise<Loaded> {
  return path.endsWith('.mjs') ? import(pathToFileURL(path).href) : createRequire(path)(path);
}

async function load(): Promise<Handler> {
  const [file = '', name = ''] = (env._HANDLER ?? '').split('.');
  const path = ['.js', '.mjs', '.cjs']
    .map((extension) => join(env.LAMBDA_TASK_ROOT ?? '', file + extension))
    .find((each) => existsSync(each));
  const loaded = path ? await loadModule(path) : {};
  const handler = loaded[name] ?? loaded.default?.[name];
  if (typeof handler === 'function') return handler as Handler;
  const error = new Error(`${env._HANDLER} is undefined or not exported`);
  error.name = 'Runtime.HandlerNotFound';
  throw error;
}

async function invoke(handler: Handler, { deadline, functionArn, payload }: Invocation): Promise<Outcome> {
  const context = {
    awsRequestId: requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const result = await handler(JSON.parse(payload), context);
    return { requestId, payload: JSON.stringify(result) ?? 'null', failed: false };
  } catch (error) {
    console.error('Invoke Error', describe(error));
    return { requestId, payload: describe(error), failed: true };
  }
}

async function serve(handler: Handler): Promise<void> {
  for await (const line of createInterface({ input: channel })) {
    const invocation: Invocation = JSON.parse(line);
    requestId = invocation.requestId;
    await send(await invoke(handler, invocation));
  }
}

if (env.AWS_LAMBDA_LOG_FORMAT !== 'JSON') patchConsole();
load().then(serve, async (error) => {
  await send({ payload: describe(error), failed: true });
  process.exit(1);
});
