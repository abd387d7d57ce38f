/** What the operations have in common: the rules for their members, whom they are authorized for, and pages. */
import { type Operation, type RequestContext, ServiceError } from '../../service';
import { validationError } from '../errors';
import { isTooLarge, type Json, MAX_PAYLOAD_BYTES } from '../json';

/** The members of all requests. An operation has those that it needs, and may have others. */
export interface Members {
  stateMachineArn: string;
  executionArn: string;
  mapRunArn: string;
  activityArn: string;
  name: string;
  definition: string;
  roleArn: string;
  taskToken: string;
  output: string;
  type?: string;
  input?: string;
  error?: string;
  cause?: string;
  clientToken?: string;
  workerName?: string;
  statusFilter?: string;
  redriveFilter?: string;
  reverseOrder?: boolean;
  includeExecutionData?: boolean;
  maxConcurrency?: number;
  toleratedFailureCount?: number;
  toleratedFailurePercentage?: number;
  maxResults?: number;
  nextToken?: string;
}

export interface Declaration {
  needs: (keyof Members)[];
  /** ARN of what a caller must be allowed the operation on. */
  resource(input: Partial<Members>): string | undefined;
  run(input: Members, context: RequestContext): unknown;
}

/** `resource` is by default the first of the needed members, if that is an ARN. */
export function operation<Needed extends keyof Members>(
  needs: Needed[],
  run: (input: Partial<Members> & Pick<Members, Needed>, context: RequestContext) => unknown,
  resource: Declaration['resource'] = (input) =>
    needs[0]?.endsWith('Arn') ? `${input[needs[0]] ?? '*'}` : undefined,
): Declaration {
  return { needs, resource, run };
}

export function authorized(declarations: Record<string, Declaration>): Record<string, Operation> {
  const operations = Object.entries(declarations).map(([name, { needs, resource, run }]) => {
    const checked: Operation = {
      authorize: (input) => ({ action: `states:${name}`, resources: [`${resource(input) ?? '*'}`] }),
      run: (input, context) => {
        checkMembers(input, needs);
        return run(input, context);
      },
    };
    return [name, checked] as const;
  });
  return Object.fromEntries(operations);
}

/** Least and most: characters of a text, or the value of a number. Source: API reference, each operation's members. */
const LIMITS: Record<string, [minimum: number, maximum: number]> = {
  name: [1, 80],
  workerName: [1, 80],
  definition: [1, 1_048_576],
  taskToken: [1, 2_048],
  clientToken: [1, 64],
  input: [0, MAX_PAYLOAD_BYTES],
  output: [0, MAX_PAYLOAD_BYTES],
  error: [0, 256],
  cause: [0, 32_768],
  maxResults: [0, 1_000],
  maxConcurrency: [0, 2 ** 31 - 1],
  toleratedFailureCount: [0, Number.MAX_SAFE_INTEGER],
  toleratedFailurePercentage: [0, 100],
};
const KINDS = ['stateMachine', 'execution', 'activity', 'mapRun'];

// Source: API reference, StartExecution and CreateStateMachine, "A name must not contain".
// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule names control characters.
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/;

function checkMembers(input: Record<string, unknown>, needs: string[]): void {
  for (const member of needs) {
    if (typeof input[member] !== 'string')
      throw validationError(member, input[member], 'Member must not be null');
  }
  for (const [member, value] of Object.entries(input)) {
    const [minimum, maximum] = LIMITS[member] ?? [];
    if (minimum === undefined || maximum === undefined || value === undefined || value === null) continue;
    const measure = typeof value === 'string' ? value.length : Number(value);
    if (!(measure >= minimum && measure <= maximum)) {
      const what = typeof value === 'string' ? 'have length' : 'be';
      throw validationError(member, value, `Member must ${what} between ${minimum} and ${maximum}`);
    }
  }
  for (const kind of KINDS) {
    const value = input[`${kind}Arn`];
    if (typeof value !== 'string') continue;
    const [arn, , service, , , type, name] = value.split(':');
    if (arn === 'arn' && service === 'states' && type === kind && name) continue;
    const why = `Invalid Arn: '${value}' is not the ARN of a resource of type ${kind}`;
    throw new ServiceError('InvalidArn', why);
  }
  if (typeof input.name === 'string' && FORBIDDEN_IN_NAMES.test(input.name)) {
    throw new ServiceError('InvalidName', `Invalid Name: '${input.name}'`);
  }
}

/** A member that is JSON of at most 256 KiB. Throws ValidationException if it is larger, `code` if it is no JSON. */
export function parsePayload(member: string, text: string, code: string): Json {
  if (isTooLarge(text)) {
    const limit = `Member must have length less than or equal to ${MAX_PAYLOAD_BYTES}`;
    throw validationError(member, text, limit);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError(code, `Invalid ${member}: '${(error as Error).message}'`);
  }
}

/**
 * One page of a list, and the token of the next. `maxResults` is 1 to 1000, default 100 (0 is the default too).
 * `id` grows from entry to entry, default its position: a page begins after the entry where the one before ended.
 */
export function page<T>(
  entries: Iterable<T>,
  { maxResults, nextToken }: Pick<Members, 'maxResults' | 'nextToken'>,
  id: (entry: T, position: number) => number = (_, position) => position,
): { items: T[]; nextToken?: string } {
  const text = nextToken === undefined ? 'after -Infinity' : Buffer.from(nextToken, 'base64url').toString();
  const last = Number(/^after (\S+)$/.exec(text)?.[1]);
  if (Number.isNaN(last)) throw new ServiceError('InvalidToken', `Invalid Token: '${nextToken}'`);
  const items: T[] = [];
  let end = last;
  let position = 0;
  for (const entry of entries) {
    const at = id(entry, position++);
    if (at <= last) continue;
    if (items.length === (maxResults || 100)) {
      return { items, nextToken: Buffer.from(`after ${end}`).toString('base64url') };
    }
    items.push(entry);
    end = at;
  }
  return { items };
}
