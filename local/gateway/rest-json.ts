/** Lambda's REST-JSON: the operation is in method and path; Invoke's payload is the body as it stands. */
import type { ServerResponse } from 'node:http';
import { ServiceError } from '../service';
import { jsonRefusals, type Protocol } from './protocol';
import { parseQuery } from './signature';

/** AWS documentation: Lambda API reference, the request syntax of each operation. */
const ROUTES: [method: string, path: RegExp, action: string][] = [
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, 'Invoke'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'GetFunctionConfiguration'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, 'GetFunction'],
  ['GET', /^\/2015-03-31\/functions\/?$/, 'ListFunctions'],
];

/** Output of Invoke; `Payload` is sent as the body, the rest as headers. */
export interface InvokeOutput {
  StatusCode: number;
  ExecutedVersion?: string;
  FunctionError?: string;
  /** Base64 of the last 4 KB of the invocation's log. */
  LogResult?: string;
  Payload?: Buffer;
}

function send(
  response: ServerResponse,
  statusCode: number,
  body: Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(statusCode, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...headers,
  });
  response.end(body);
}

export const restJson: Protocol = {
  refusals: jsonRefusals(403),
  parse(request, body) {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    for (const [method, pattern, action] of ROUTES) {
      const match = request.method === method ? pattern.exec(path) : null;
      if (!match) continue;
      const name = match[1] === undefined ? {} : { FunctionName: decodeURIComponent(match[1]) };
      if (action !== 'Invoke') return { action, input: name };
      const header = (key: string) => request.headers[key];
      const Qualifier = parseQuery(request.url ?? '').Qualifier?.[0];
      const invocation = {
        InvocationType: header('x-amz-invocation-type'),
        LogType: header('x-amz-log-type'),
      };
      return { action, input: { ...name, ...invocation, Qualifier, Payload: body } };
    }
    // The path is all there is to name the operation by.
    return { action: `${request.method} ${path}`, input: {} };
  },
  render(action, output, _request, response) {
    if (action !== 'Invoke') return send(response, 200, Buffer.from(JSON.stringify(output)));
    const { StatusCode, Payload, ExecutedVersion, FunctionError, LogResult } = output as InvokeOutput;
    send(response, StatusCode, Payload ?? Buffer.alloc(0), {
      ...(ExecutedVersion && { 'x-amz-executed-version': ExecutedVersion }),
      ...(FunctionError && { 'x-amz-function-error': FunctionError }),
      ...(LogResult && { 'x-amz-log-result': LogResult }),
    });
  },
  renderError(error, _request, response) {
    const document = {
      Type: error.statusCode < 500 ? 'User' : 'Service',
      message: error.message,
      ...error.members,
    };
    // The header names the error: the SDKs read it before the body.
    send(response, error.statusCode, Buffer.from(JSON.stringify(document)), {
      'x-amzn-errortype': error.code,
    });
  },
};

/** For a request that belongs to no service: its client's protocol is guessed by what it sent. */
export function notImplemented(service: string, action: string): ServiceError {
  return new ServiceError(
    'NotImplemented',
    `The local cloud does not implement ${service}:${action}; see docs/local-cloud.md for what it does.`,
    501,
  );
}
