/** The AWS Query protocol: form-encoded requests (`A.member.1.B=…`), XML answers with lists as `member`. */
import { XMLBuilder } from 'fast-xml-parser';
import { ServiceError } from '../service';
import type { Protocol } from './protocols';

const builder = new XMLBuilder({ suppressEmptyNode: true });

type Form = Map<string, Form | string>;

/** Values stay strings: the operation knows its types. */
function parseForm(body: string): Record<string, unknown> {
  const root: Form = new Map();
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.split('.');
    const last = path.pop() as string;
    let at = root;
    for (const part of path) {
      const inner = at.get(part);
      const next: Form = inner instanceof Map ? inner : new Map();
      at.set(part, next);
      at = next;
    }
    at.set(last, value);
  }
  return toInput(root) as Record<string, unknown>;
}

function toInput(value: Form | string): unknown {
  if (typeof value === 'string') return value;
  const list = value.get('member');
  if (list instanceof Map)
    return [...list].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => toInput(item));
  return Object.fromEntries([...value].map(([name, item]) => [name, toInput(item)]));
}

function toXml(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.length === 0 ? '' : { member: value.map(toXml) };
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return Object.fromEntries(members.map(([name, item]) => [name, toXml(item)]));
}

const xml = (statusCode: number, document: object) => ({
  statusCode,
  headers: { 'content-type': 'text/xml' },
  body: builder.build(document),
});

export const query: Protocol = {
  parse(_request, body) {
    const { Action, Version: _, ...input } = parseForm(body.toString('utf8'));
    if (typeof Action !== 'string')
      throw new ServiceError('MissingAction', 'The request has no Action parameter.');
    return { action: Action, input };
  },
  answer: (action, output, RequestId) =>
    xml(200, {
      [`${action}Response`]: { [`${action}Result`]: toXml(output ?? {}), ResponseMetadata: { RequestId } },
    }),
  fail({ code, message, statusCode, members }, RequestId) {
    const error = {
      Type: statusCode < 500 ? 'Sender' : 'Receiver',
      Code: code,
      Message: message,
      ...members,
    };
    return xml(statusCode, { ErrorResponse: { Error: error, RequestId } });
  },
};
