/** AWS JSON 1.0 and 1.1: the operation is in X-Amz-Target, timestamps are epoch seconds, errors carry `__type`. */
import { isUtf8 } from 'node:buffer';
import { parseJson } from '../../json';
import { ServiceError } from '../../service';
import type { Protocol } from './protocol';

/** The members of a JSON document. One that is null counts as absent. Throws SerializationException. */
function readMembers(body: Buffer): Record<string, unknown> {
  let document: unknown;
  try {
    document = isUtf8(body) ? parseJson(body.toString('utf8')) : undefined;
  } catch {
    // The error below covers both: text that is not JSON, and JSON that is not an object.
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    const members = Object.entries(document);
    const given = members.filter(([, value]) => value !== null);
    return given.length < members.length ? Object.fromEntries(given) : (document as Record<string, unknown>);
  }
  throw new ServiceError('SerializationException', 'The body of the request is not a JSON object.');
}

/** A replacer is called for each member, which takes longer than the rest of an answer: most have no date. */
function holdsDate(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof Date || Object.values(value).some(holdsDate);
}

/** JSON.stringify turns a Date into text before a replacer sees it, so the replacer looks at the holder. */
function epochSeconds(this: Record<string, unknown>, key: string, item: unknown): unknown {
  const original = this[key];
  return original instanceof Date ? original.getTime() / 1000 : item;
}

export const json: Protocol = {
  parse({ headers }, body) {
    const action = headers['x-amz-target']?.toString().split('.').pop();
    if (!action)
      throw new ServiceError('UnknownOperationException', 'The request has no X-Amz-Target header.');
    return { action, input: body.length === 0 ? {} : readMembers(body) };
  },
  answer(_action, output) {
    const body = JSON.stringify(output ?? {}, holdsDate(output) ? epochSeconds : undefined);
    return { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
  },
  fail({ code, message, statusCode, members }, requestId) {
    return { ...json.answer('', { __type: code, message, ...members }, requestId), statusCode };
  },
};
