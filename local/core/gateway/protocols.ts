/** The wire protocols of the services with operations: how a request names its operation, and what answers look like. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { parseJson } from '../json';
import { type OperationsService, ServiceError } from '../service';
import { query } from './query';

export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

export interface Protocol {
  /** Name of the operation and its input; throws a ServiceError on a request that is not in this protocol. */
  parse(request: IncomingMessage, body: Buffer): { action: string; input: unknown };
  answer(action: string, output: unknown, requestId: string): Answer;
  fail(error: ServiceError, requestId: string): Answer;
}

/** The members of a JSON document. One that is null counts as absent. Throws SerializationException. */
function readMembers(body: Buffer): Record<string, unknown> {
  let document: unknown;
  try {
    document = isUtf8(body) ? parseJson(body.toString('utf8')) : undefined;
  } catch {
    // The error below covers both: text that is not JSON, and JSON that is not an object.
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null));
  }
  throw new ServiceError('SerializationException', 'The body of the request is not a JSON object.');
}

/** AWS JSON 1.0 and 1.1: the operation is in X-Amz-Target, timestamps are epoch seconds, errors carry `__type`. */
const json: Protocol = {
  parse({ headers }, body) {
    const action = headers['x-amz-target']?.toString().split('.').pop();
    if (!action)
      throw new ServiceError('UnknownOperationException', 'The request has no X-Amz-Target header.');
    return { action, input: body.length === 0 ? {} : readMembers(body) };
  },
  answer(_action, output) {
    // JSON.stringify turns a Date into text before a replacer sees it, so the replacer looks at the holder.
    const body = JSON.stringify(output ?? {}, function (this: Record<string, unknown>, key, item) {
      const original = this[key];
      return original instanceof Date ? original.getTime() / 1000 : item;
    });
    return { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
  },
  fail({ code, message, statusCode, members }, requestId) {
    return { ...json.answer('', { __type: code, message, ...members }, requestId), statusCode };
  },
};

/** AWS documentation: Lambda and EventBridge Scheduler API references, the request syntax of each operation. `member`: what the path names. */
const ROUTES: [method: string, path: RegExp, action: string, member?: string][] = [
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, 'Invoke', 'FunctionName'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, 'GetFunction', 'FunctionName'],
  ['GET', /^\/2015-03-31\/functions\/?$/, 'ListFunctions'],
  ['GET', /^\/schedules\/([^/]+)$/, 'GetSchedule', 'Name'],
  ['GET', /^\/schedules\/?$/, 'ListSchedules'],
  ['GET', /^\/schedule-groups\/?$/, 'ListScheduleGroups'],
];

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new ServiceError('InvalidParameterValueException', `The name ${name} is not URL-encoded.`);
  }
}

/** Output of Invoke; `Payload` is sent as the body, the headers unchanged. */
export interface InvokeOutput {
  statusCode: number;
  headers?: Record<string, string>;
  payload?: Buffer;
}

/** REST-JSON: the operation is in method and path, members are in path and query; the payload of Lambda's Invoke is the unchanged body. */
const restJson: Protocol = {
  parse({ method, url = '/', headers }, body) {
    const [path = '/', query] = url.split('?', 2);
    for (const [verb, pattern, action, member] of ROUTES) {
      const match = method === verb ? pattern.exec(path) : null;
      if (!match) continue;
      const named = member === undefined ? {} : { [member]: decodeName(match[1] ?? '') };
      const [InvocationType, LogType] = [headers['x-amz-invocation-type'], headers['x-amz-log-type']];
      const given = Object.fromEntries(new URLSearchParams(query));
      return { action, input: { ...given, ...named, InvocationType, LogType, Payload: body } };
    }
    // The path is all there is to name the operation by.
    return { action: `${method} ${path}`, input: {} };
  },
  answer(action, output) {
    const type = { 'content-type': 'application/json' };
    if (action !== 'Invoke') return { statusCode: 200, headers: type, body: JSON.stringify(output) };
    const { statusCode, headers, payload = Buffer.alloc(0) } = output as InvokeOutput;
    return { statusCode, headers: { ...type, ...headers }, body: payload };
  },
  fail({ code, message, statusCode, members }) {
    const Type = statusCode < 500 ? 'User' : 'Service';
    // The header names the error: the SDKs read it before the body.
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code };
    return { statusCode, headers, body: JSON.stringify({ Type, message, ...members }) };
  },
};

export const PROTOCOLS: Record<OperationsService['protocol'], Protocol> = {
  json,
  query,
  'rest-json': restJson,
};
