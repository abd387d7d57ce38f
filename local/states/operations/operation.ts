/** What the tables of operations have in common. */
import { type Operation, type RequestContext, ServiceError } from '../../service';
import { checkArn, type ResourceKind } from '../arns';
import { validationError } from '../errors';
import { isTooLarge, type Json, MAX_PAYLOAD_BYTES } from '../json';

export type Operations = Record<string, Operation>;

/** An operation on the resource whose ARN is the named member; a caller must be allowed it on that ARN. */
export function onResource<Input extends object, Output>(
  action: string,
  [member, ...kinds]: [keyof Input & string, ...ResourceKind[]],
  run: (input: Input, context: RequestContext) => Output | Promise<Output>,
): Operation<Input, Output> {
  return {
    authorize: (input) => ({ action: `states:${action}`, resources: [String(input[member] ?? '*')] }),
    run: (input, context) => {
      const value = input[member];
      if (typeof value !== 'string') throw validationError(member, value, 'Member must not be null');
      for (const kind of kinds) checkArn(value, kind);
      return run(input, context);
    },
  };
}

/** Throws ValidationException unless these members are strings. */
export function requireMembers<Input extends object>(
  input: Input,
  ...members: (keyof Input & string)[]
): void {
  for (const member of members) {
    if (typeof input[member] !== 'string')
      throw validationError(member, input[member], 'Member must not be null');
  }
}

/** A member that is JSON of at most 256 KiB. Throws ValidationException if it is larger, `code` if it is no JSON. */
export function parsePayload(member: string, text: string, code: string, problem: string): Json {
  if (isTooLarge(text)) {
    const limit = `Member must have length less than or equal to ${MAX_PAYLOAD_BYTES}`;
    throw validationError(member, text, limit);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError(code, `${problem}: '${(error as Error).message}'`);
  }
}

const pageToken = (position: number) => Buffer.from(`after ${position}`).toString('base64url');
const FIRST_PAGE = pageToken(0);

/**
 * One page of a list, and the token of the next. `maxResults` is 1 to 1000, default 100 (0 is the default too). The
 * token is the number of entries before the page: lists only grow at the end that is read last.
 */
export function page<T>(
  entries: Iterable<T>,
  { maxResults, nextToken }: { maxResults?: number; nextToken?: string },
): { items: T[]; nextToken?: string } {
  const limit = maxResults || 100;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw validationError('maxResults', limit, 'Member must be between 0 and 1000');
  }
  const text = Buffer.from(nextToken ?? FIRST_PAGE, 'base64url').toString();
  const start = Number(/^after (\d+)$/.exec(text)?.[1]);
  if (Number.isNaN(start)) {
    throw new ServiceError('InvalidToken', `Invalid Token: '${nextToken}'`);
  }
  const items: T[] = [];
  let position = 0;
  for (const entry of entries) {
    if (items.length === limit) {
      return { items, nextToken: pageToken(position) };
    }
    if (position >= start) items.push(entry);
    position += 1;
  }
  return { items };
}
