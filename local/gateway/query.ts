/** The AWS Query protocol: form-encoded requests (`A.member.1.B=…`), XML answers with lists as `member`. */
import type { ServerResponse } from 'node:http';
import { XMLBuilder } from 'fast-xml-parser';
import { ServiceError } from '../service';
import { type Protocol, QUERY_REFUSALS } from './protocol';

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });

type Form = { [name: string]: Form | string };

/** Values stay strings: the operation knows its types. */
export function parseForm(body: string): Record<string, unknown> {
  const root: Form = {};
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.split('.');
    const last = path.pop() as string;
    let at = root;
    for (const part of path) {
      if (!Object.hasOwn(at, part) || typeof at[part] === 'string') at[part] = Object.create(null) as Form;
      at = at[part] as Form;
    }
    at[last] = value;
  }
  return toLists(root) as Record<string, unknown>;
}

function toLists(value: Form | string): unknown {
  if (typeof value === 'string') return value;
  const { member } = value;
  if (typeof member === 'object') {
    const entries = Object.entries(member).sort(([a], [b]) => Number(a) - Number(b));
    return entries.map(([, item]) => toLists(item));
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toLists(item)]));
}

function toXml(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.length === 0 ? '' : { member: value.map(toXml) };
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return Object.fromEntries(members.map(([name, item]) => [name, toXml(item)]));
}

function send(response: ServerResponse, statusCode: number, document: unknown): void {
  const body = Buffer.from(builder.build(document));
  response.writeHead(statusCode, { 'content-type': 'text/xml', 'content-length': body.length });
  response.end(body);
}

function requestId(response: ServerResponse): string {
  return String(response.getHeader('x-amzn-requestid'));
}

export const query: Protocol = {
  refusals: QUERY_REFUSALS,
  parse(_request, body) {
    const { Action, Version: _, ...input } = parseForm(body.toString('utf8'));
    if (typeof Action !== 'string')
      throw new ServiceError('MissingAction', 'The request has no Action parameter.');
    return { action: Action, input };
  },
  render(action, output, _request, response) {
    send(response, 200, {
      [`${action}Response`]: {
        [`${action}Result`]: toXml(output ?? {}),
        ResponseMetadata: { RequestId: requestId(response) },
      },
    });
  },
  renderError(error, _request, response) {
    send(response, error.statusCode, {
      ErrorResponse: {
        Error: {
          Type: error.statusCode < 500 ? 'Sender' : 'Receiver',
          Code: error.code,
          Message: error.message,
          ...error.members,
        },
        RequestId: requestId(response),
      },
    });
  },
};
