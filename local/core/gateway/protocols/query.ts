/**
 * The AWS Query protocol: form-encoded requests (lists as `A.member.1=…`, maps as `A.entry.1.Name=…` with `A.entry.1.Value…`), XML answers
 * with lists as `member`.
 */
import { XMLBuilder } from 'fast-xml-parser';
import { ServiceError } from '../../service';
import type { Protocol } from './protocol';

const builder = new XMLBuilder({ suppressEmptyNode: true });

/** Far more than the lists of any operation here have members. */
const MAX_PARAMETERS = 5_000;

/** A parameter's name, with the number of a list's member, or the number of a map's entry and which part of it. */
const PARAMETER = /^(\w+)(?:\.member\.(\d{1,9})|\.entry\.(\d{1,9})\.(Name|Value(?:\.\w+)?))?$/;

/** The parts of an entry by their names in the request: `Name`, `Value`, `Value.StringValue`. */
type Entry = Map<string, string>;

/**
 * Values stay strings: the operation knows its types. Members of a list come in the order of their numbers. Throws for structures
 * outside of a map, which no operation here takes, and for a parameter that is there twice.
 */
function parseForm(body: string): Record<string, unknown> {
  if (body.split('&', MAX_PARAMETERS + 1).length > MAX_PARAMETERS) {
    throw malformed(`A request has at most ${MAX_PARAMETERS} parameters`);
  }
  const scalars = new Map<string, string>();
  const lists = new Map<string, Map<number, string>>();
  const maps = new Map<string, Map<number, Entry>>();
  for (const [parameter, value] of new URLSearchParams(body)) {
    const [, name = '', member, number, part] = PARAMETER.exec(parameter) ?? [];
    if (!name) {
      const message = `The local cloud does not implement the parameter ${parameter}.`;
      throw new ServiceError('NotImplemented', message, 501);
    }
    const kind = part !== undefined ? maps : member !== undefined ? lists : scalars;
    const isOther = [scalars, lists, maps].some((other) => other !== kind && other.has(name));
    const twice = () => malformed(`The parameter ${parameter} appears twice`);
    if (isOther) throw twice();
    if (part !== undefined) {
      const entries = getOrAdd(maps, name, () => new Map<number, Entry>());
      const entry = getOrAdd(entries, Number(number), () => new Map());
      if (entry.has(part)) throw twice();
      entry.set(part, value);
    } else if (member !== undefined) {
      const list = getOrAdd(lists, name, () => new Map<number, string>());
      if (list.has(Number(member))) throw twice();
      list.set(Number(member), value);
    } else {
      if (scalars.has(name)) throw twice();
      scalars.set(name, value);
    }
  }
  return Object.fromEntries<unknown>([
    ...scalars,
    ...[...lists].map(([name, list]) => [name, inOrder(list)] as const),
    ...[...maps].map(
      ([name, entries]) => [name, Object.fromEntries(inOrder(entries).map(readEntry))] as const,
    ),
  ]);
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

function inOrder<Value>(numbered: Map<number, Value>): Value[] {
  return [...numbered].sort(([a], [b]) => a - b).map(([, value]) => value);
}

function readEntry(entry: Entry): [name: string, value: unknown] {
  const members = [...entry].flatMap(([part, value]) =>
    part.startsWith('Value.') ? [[part.slice('Value.'.length), value]] : [],
  );
  return [entry.get('Name') ?? '', entry.get('Value') ?? Object.fromEntries(members)];
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
