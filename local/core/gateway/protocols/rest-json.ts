/** REST with JSON: the operation is in method and path, and each operation says in which. Errors have their name in a header. */
import { HttpAnswer, ServiceError } from '../../service';
import type { Protocol } from './protocol';

/** The members in a path, still encoded, by name; undefined for another path. */
function matchPath(path: string, pattern: string): Record<string, string> | undefined {
  const given = segmentsOf(path);
  const expected = segmentsOf(pattern);
  if (given.length !== expected.length) return undefined;
  const members: Record<string, string> = {};
  for (const [index, segment] of expected.entries()) {
    const value = given[index] ?? '';
    const [, member] = /^\{(\w+)\}$/.exec(segment) ?? [];
    if (member ? value === '' : value !== segment) return undefined;
    if (member) members[member] = value;
  }
  return members;
}

const segmentsOf = (path: string) => path.replace(/\/$/, '').split('/');

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new ServiceError('InvalidParameterValueException', `${value} of the path is not URL-encoded.`);
  }
}

export const restJson: Protocol = {
  parse({ method, url = '/', headers }, body, operations) {
    const [path = '/', query] = url.split('?', 2);
    for (const [action, { http }] of Object.entries(operations)) {
      if (!http || http.method !== method) continue;
      const members = matchPath(path, http.path);
      if (!members) continue;
      const input: Record<string, unknown> = {};
      for (const [member, value] of Object.entries(members)) input[member] = decode(value);
      const parameters = new URLSearchParams(query);
      for (const [member, parameter] of Object.entries(http.query ?? {})) {
        input[member] = parameters.get(parameter) ?? undefined;
      }
      for (const [member, header] of Object.entries(http.headers ?? {})) input[member] = headers[header];
      if (http.payload) input[http.payload] = body;
      return { action, input };
    }
    // The path is all there is to name the operation by.
    return { action: `${method} ${path}`, input: {} };
  },
  answer(_action, output) {
    const type = { 'content-type': 'application/json' };
    if (!(output instanceof HttpAnswer))
      return { statusCode: 200, headers: type, body: JSON.stringify(output) };
    const { statusCode, headers, body } = output;
    return { statusCode, headers: { ...type, ...headers }, body };
  },
  fail({ code, message, statusCode, members }) {
    const Type = statusCode < 500 ? 'User' : 'Service';
    // The SDKs read the header before the body.
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code };
    return { statusCode, headers, body: JSON.stringify({ Type, message, ...members }) };
  },
};
