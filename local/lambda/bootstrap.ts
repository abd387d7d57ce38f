/**
 * Runs in the function's process: loads the handler and speaks the Lambda Runtime API, as AWS's own runtime for Node.js
 * does. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

interface Invocation {
  requestId: string;
  functionArn: string;
  deadline: number;
  event: unknown;
}

type Handler = (event: unknown, context: object) => unknown;

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
let requestId = '';

function call(
  method: string,
  path: string,
  body = '',
): Promise<{ headers: NodeJS.Dict<string | string[]>; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${api}${path}`, { method }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** In text format, the runtime puts time, request id and level before what the function logs. */
function patchConsole(): void {
  const levels = {
    log: 'INFO',
    info: 'INFO',
    debug: 'DEBUG',
    warn: 'WARN',
    error: 'ERROR',
    trace: 'TRACE',
  } as const;
  for (const [method, level] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...values: unknown[]) => {
      const text = format(...values).replaceAll('\n', '\r');
      process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`);
    };
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error))
    return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
  return JSON.stringify({
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  });
}

async function load(): Promise<Handler> {
  const [file = '', name = ''] = (process.env._HANDLER ?? '').split('.');
  const path = join(process.env.LAMBDA_TASK_ROOT ?? '', file);
  const loaded = await import(require.resolve(path)).catch(() => import(pathToFileURL(`${path}.mjs`).href));
  const handler = loaded[name] ?? loaded.default?.[name];
  if (typeof handler === 'function') return handler;
  const error = new Error(`${process.env._HANDLER} is undefined or not exported`);
  error.name = 'Runtime.HandlerNotFound';
  throw error;
}

async function next(): Promise<Invocation> {
  const { headers, body } = await call('GET', '/invocation/next');
  return {
    requestId: String(headers['lambda-runtime-aws-request-id']),
    functionArn: String(headers['lambda-runtime-invoked-function-arn']),
    deadline: Number(headers['lambda-runtime-deadline-ms']),
    event: JSON.parse(body),
  };
}

async function serve(handler: Handler): Promise<never> {
  for (;;) {
    const invocation = await next();
    requestId = invocation.requestId;
    const context = {
      awsRequestId: requestId,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      invokedFunctionArn: invocation.functionArn,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      getRemainingTimeInMillis: () => invocation.deadline - Date.now(),
    };
    try {
      const result = await handler(invocation.event, context);
      await call('POST', `/invocation/${requestId}/response`, JSON.stringify(result) ?? 'null');
    } catch (error) {
      console.error('Invoke Error', describe(error));
      await call('POST', `/invocation/${requestId}/error`, describe(error));
    }
  }
}

if (process.env.AWS_LAMBDA_LOG_FORMAT !== 'JSON') patchConsole();
load().then(serve, async (error) => {
  await call('POST', '/init/error', describe(error));
  process.exit(1);
});
