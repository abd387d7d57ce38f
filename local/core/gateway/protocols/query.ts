/** The AWS Query protocol: form-encoded requests (lists as `A.member.1=…`), XML answers with lists as `member`. */
import { XMLBuilder } from 'fast-xml-parser';
import { ServiceError } from '../../service';
import type { Protocol } from './protocol';

const builder = new XMLBuilder({ suppressEmptyNode: true });

/** Far more than the lists of any operation here have members. */
const MAX_PARAMETERS = 5_000;

/**
 * Values stay strings: the operation knows its types. Members of a list come in the order of their numbers. Throws for structures,
 * which no operation here takes, and for a parameter that is there twice.
 */
function parseForm(body: string): Record<string, unknown> {
  if (body.split('&', MAX_PARAMETERS + 1).length > MAX_PARAMETERS) {
    throw malformed(`A request has at most ${MAX_PARAMETERS} parameters`);
  }
  const scalars = new Map<string, string>();
  const lists = new Map<string, Map<number, string>>();
  for (const [parameter, value] of new URLSearchParams(body)) {
    const [, name = '', member] = /^(\w+)(?:\.member\.(\d{1,9}))?$/.exec(parameter) ?? [];
    if (!name) {
      const message = `The local cloud does not implement the parameter ${parameter}.`;
      throw new ServiceError('NotImplemented', message, 501);
    }
    const list = lists.get(name) ?? new Map<number, string>();
    if (scalars.has(name) || list.has(Number(member)) || (list.size > 0 && member === undefined)) {
      throw malformed(`The parameter ${parameter} is there twice`);
    }
    if (member === undefined) scalars.set(name, value);
    else lists.set(name, list.set(Number(member), value));
  }
  const inOrder = (list: Map<number, string>) =>
    [...list].sort(([a], [b]) => a - b).map(([, value]) => value);
  return Object.fromEntries([
    ...scalars,
    ...[...lists].map(([name, list]) => [name, inOrder(list)] as const),
  ]);
}

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html */
const malformed = (what: string) => new ServiceError('MalformedQueryString', `${what}.`, 404);

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
