/** Shared by the operations: members, authorization, and pages. */
import * as z from 'zod';
import { parseJson } from '../../../core/json';
import { failsWith, text } from '../../../core/members';
import { type Operation, type RequestContext, ServiceError } from '../../../core/service';
import { MAX_CAUSE, MAX_ERROR } from '../language/errors';
import { isTooLarge, type Json, MAX_PAYLOAD_BYTES } from '../language/json';
import type { ResourceKind } from '../run/engine';
import { validationError } from './errors';

export interface Declaration extends Pick<Operation, 'input' | 'run'> {
  /** ARN of what a caller must be allowed the operation on. */
  resource(input: Record<string, unknown>): unknown;
}

/** `resource` is by default the first of the members, if that is an ARN. */
export function operation<Shape extends z.ZodRawShape>(
  members: Shape,
  run: (input: z.output<z.ZodObject<Shape>>, context: RequestContext) => unknown,
  resource?: (input: z.output<z.ZodObject<Shape>>) => string | undefined,
): Declaration {
  const [first = ''] = Object.keys(members);
  const firstArn: Declaration['resource'] = (input) => (first.endsWith('Arn') ? input[first] : undefined);
  return { input: z.object(members), run, resource: (resource as Declaration['resource']) ?? firstArn };
}

export function authorized(declarations: Record<string, Declaration>): Record<string, Operation> {
  const operations = Object.entries(declarations).map(([name, { input, resource, run }]) => {
    const authorize: Operation['authorize'] = (members) => ({
      action: `states:${name}`,
      resources: [`${resource(members) ?? '*'}`],
    });
    return [name, { input, authorize, run }] as const;
  });
  return Object.fromEntries(operations);
}

// Members, with the limits of the API reference. Each operation says whether it needs them.

// Source: API reference, StartExecution and CreateStateMachine, "A name must not contain".
// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule names control characters.
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/;

export const name = text(1, 80).refine(
  (value) => !FORBIDDEN_IN_NAMES.test(value),
  failsWith('InvalidName', (value) => `Invalid Name: '${value}'`),
);

function arnOf(kind: ResourceKind, maximum = 256) {
  const problem = (value: unknown): string | undefined => {
    const [arn, partition, service, , , type, resource] = String(value).split(':');
    if (arn !== 'arn' || !partition) return `Invalid ARN prefix: ${value}`;
    if (service !== 'states') return `Invalid ARN service: ${value}`;
    if (type !== kind) return `Resource type not valid in this context: ${type}`;
    return resource ? undefined : `Resource name is missing: ${value}`;
  };
  const message = (value: unknown) => `Invalid Arn: '${problem(value)}'`;
  return text(1, maximum).refine((value) => !problem(value), failsWith('InvalidArn', message));
}
export const stateMachineArn = arnOf('stateMachine');

/** The ARN with a map's label is that of its child executions; API reference, StartExecution, UpdateStateMachine and DeleteStateMachine. */
export function refuseQualified(arn: string): void {
  if (!arn.includes('/')) return;
  throw validationError('stateMachineArn', arn, 'It must not refer to a Distributed Map state');
}

export const executionArn = arnOf('execution');
export const activityArn = arnOf('activity');
export const mapRunArn = arnOf('mapRun', 2_000);

/** JSON, for `parsePayload`. */
export const payload = z.string().max(MAX_PAYLOAD_BYTES);
export const definition = text(1, 1_048_576);
export const taskToken = text(1, 2_048);

/** How AWS encrypts what has no key of its own. */
export const encryptionConfiguration = { type: 'AWS_OWNED_KEY' };

/** Members of a task or an execution that fails. */
export const failure = {
  error: z.string().max(MAX_ERROR).optional(),
  cause: z.string().max(MAX_CAUSE).optional(),
};

/** Members of a request for a list. */
export const paging = {
  /** Default 100; 0 is the default too. */
  maxResults: z.int().min(0).max(1_000).optional(),
  nextToken: text(1, 1_024).optional(),
};
export const longNextToken = text(1, 3_096).optional();

/** The error for a member that is not JSON, and how its message begins. */
const NOT_JSON = {
  input: ['InvalidExecutionInput', 'Invalid State Machine Execution Input'],
  output: ['InvalidOutput', 'Invalid Output'],
} as const;

/** A member that is JSON of at most 256 KiB. Throws ValidationException if it is larger. */
export function parsePayload(member: keyof typeof NOT_JSON, text: string): Json {
  // The schema counts characters; AWS counts bytes.
  if (isTooLarge(text)) {
    const limit = `Member must have length less than or equal to ${MAX_PAYLOAD_BYTES}`;
    throw validationError(member, text, limit);
  }
  const [code, subject] = NOT_JSON[member];
  try {
    return parseJson(text) as Json;
  } catch (error) {
    const why = text.trim() === '' ? `Invalid execution ${member}.` : (error as Error).message;
    throw new ServiceError(code, `${subject}: '${why}'`);
  }
}
