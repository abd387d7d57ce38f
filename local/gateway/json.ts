/** AWS JSON 1.0 and 1.1: the operation is in X-Amz-Target, timestamps are epoch seconds, errors carry `__type`. */
import type { ServerResponse } from 'node:http';
import { ServiceError } from '../service';
import { jsonRefusals, type Protocol } from './protocol';

export function stringify(value: unknown): string {
  // JSON.stringify turns a Date into text before a replacer sees it, so the replacer looks at the holder.
  return JSON.stringify(value ?? {}, function (this: Record<string, unknown>, key, item) {
    const original = this[key];
    return original instanceof Date ? original.getTime() / 1000 : item;
  });
}

export function parseJson(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('SerializationException', 'The body of the request is not JSON.');
  }
}

function send(response: ServerResponse, statusCode: number, contentType: string, document: unknown): void {
  const body = Buffer.from(stringify(document));
  response.writeHead(statusCode, { 'content-type': contentType, 'content-length': body.length });
  response.end(body);
}

export const json: Protocol = {
  refusals: jsonRefusals(400),
  parse(request, body) {
    const target = request.headers['x-amz-target'];
    const action = typeof target === 'string' ? target.split('.').pop() : undefined;
    if (!action)
      throw new ServiceError('UnknownOperationException', 'The request has no X-Amz-Target header.');
    return { action, input: parseJson(body) };
  },
  render(_action, output, request, response) {
    send(response, 200, request.headers['content-type'] ?? 'application/x-amz-json-1.0', output);
  },
  renderError(error, request, response) {
    send(response, error.statusCode, request.headers['content-type'] ?? 'application/x-amz-json-1.0', {
      __type: error.code,
      message: error.message,
      ...error.members,
    });
  },
};
