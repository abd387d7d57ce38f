/**
 * Runs in the function's process: loads the handler and speaks the Lambda Runtime API, as AWS's own runtime for Node.js
 * does. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

type Handler = (event: unknown, context: object) => unknown;

const { env } = process;
let requestId = '';

/** Not fetch, which gives up when no invocation comes for five minutes. */
function call(method: string, path: string, body = '') {
  return new Promise<{ headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const url = `http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime${path}`;
    const outgoing = request(url, { method }, (response) => {
      text(response).then((answer) => resolve({ headers: response.headers, body: answer }), reject);
    });
    outgoing.on('error', reject).end(body);
  });
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

async function load(): Promise<Handler> {
  const [file = '', name = ''] = (env._HANDLER ?? '').split('.');
  const path = ['.js', '.mjs', '.cjs']
    .map((extension) => join(env.LAMBDA_TASK_ROOT ?? '', file + extension))
    .find((each) => existsSync(each));
  const loaded = path && (await import(pathToFileURL(path).href));
  const handler = loaded?.[name] ?? loaded?.default?.[name];
  if (typeof handler === 'function') return handler;
  const error = new Error(`${env._HANDLER} is undefined or not exported`);
  error.name = 'Runtime.HandlerNotFound';
  throw error;
}

async function serve(handler: Handler): Promise<never> {
  for (;;) {
    const { headers, body } = await call('GET', '/invocation/next');
    requestId = String(headers['lambda-runtime-aws-request-id']);
    const context = {
      awsRequestId: requestId,
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      getRemainingTimeInMillis: () => Number(headers['lambda-runtime-deadline-ms']) - Date.now(),
    };
    try {
      const result = await handler(JSON.parse(body), context);
      await call('POST', `/invocation/${requestId}/response`, JSON.stringify(result) ?? 'null');
    } catch (error) {
      console.error('Invoke Error', describe(error));
      await call('POST', `/invocation/${requestId}/error`, describe(error));
    }
  }
}

if (env.AWS_LAMBDA_LOG_FORMAT !== 'JSON') patchConsole();
load().then(serve, async (error) => {
  await call('POST', '/init/error', describe(error));
  process.exit(1);
});
