/** The AWS Query protocol: form-encoded requests (lists as `A.member.1=…`), XML answers with lists as `member`. */
import { XMLBuilder } from 'fast-xml-parser';
import { ServiceError } from '../service';
import type { Protocol } from './protocols';

const builder = new XMLBuilder({ suppressEmptyNode: true });

/** Values stay strings: the operation's schema knows its types. Throws for structures, which no operation here takes. */
function parseForm(body: string): Record<string, unknown> {
  const input = new Map<string, unknown>();
  const lists = new Map<string, [index: number, value: string][]>();
  for (const [parameter, value] of new URLSearchParams(body)) {
    const [, name = '', index] = /^(\w+)(?:\.member\.(\d+))?$/.exec(parameter) ?? [];
    if (!name) {
      const message = `The local cloud does not implement the parameter ${parameter}.`;
      throw new ServiceError('NotImplemented', message, 501);
    }
    if (index === undefined) input.set(name, value);
    else if (!lists.get(name)?.push([Number(index), value])) lists.set(name, [[Number(index), value]]);
  }
  for (const [name, members] of lists) {
    input.set(
      name,
      members.sort(([one], [other]) => one - other).map(([, value]) => value),
    );
  }
  return Object.fromEntries(input);
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
