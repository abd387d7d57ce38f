/** Rejects input that does not match an operation's schema, in the words of the AWS service. */
import type * as z from 'zod';
import { type Operation, type OperationsService, ServiceError } from './service';

/** As the schema gives it back. Throws a ServiceError. */
export function validate(service: OperationsService, { input: schema }: Operation, input: unknown): unknown {
  const { data, success } = schema.safeParse(input);
  if (success) return data;
  // Errors show what was given, and only for them it has to be kept.
  const { issues = [] } = schema.safeParse(input, { reportInput: true }).error ?? {};
  const { protocol } = service;
  const code = service.invalidInput ?? (protocol === 'query' ? 'ValidationError' : 'ValidationException');
  const mistyped = issues.find(isMistyped);
  if (mistyped && protocol === 'json') throw new ServiceError('SerializationException', mismatch(mistyped));
  const constraints = issues.filter((issue) => issue.code !== 'custom').map(violation);
  if (constraints.length > 0) {
    const count = `${constraints.length} validation error${constraints.length > 1 ? 's' : ''} detected`;
    throw new ServiceError(code, `${count}: ${constraints.join('; ')}`);
  }
  const [own] = issues as z.core.$ZodIssueCustom[];
  throw new ServiceError(String(own?.params?.code ?? code), own?.message ?? '');
}

/** Whether the value is there, and of another type. */
function isMistyped({ code, input }: z.core.$ZodIssue): boolean {
  if (input === undefined || input === null) return false;
  return code === 'invalid_type' || (code === 'invalid_value' && typeof input !== 'string');
}

/** Names of JSON's tokens, and of what they are not, as the services' parser has them. */
const TOKENS: Record<string, string> = { string: 'STRING_VALUE', number: 'NUMBER_VALUE' };
const TYPES: Record<string, string> = { boolean: 'a Boolean', number: 'a Number', int: 'an Integer' };

function mismatch(issue: z.core.$ZodIssue): string {
  const { input } = issue;
  const expected = 'expected' in issue ? issue.expected : 'string';
  if (expected === 'array') return 'Expected list or null';
  if (Array.isArray(input)) return 'Start of list found where not expected';
  if (typeof input === 'object') return 'Start of structure or map found where not expected';
  const token = TOKENS[typeof input] ?? `${String(input).toUpperCase()}_VALUE`;
  return `${token} can not be converted to ${TYPES[expected] ?? 'a String'}`;
}

/** Longer values are left out of the message. Step Functions was recorded to show a token of 1,025 characters. */
const MAX_SHOWN_CHARACTERS = 4_096;

function violation(issue: z.core.$ZodIssue): string {
  const { input, path } = issue;
  // Members in the case of the service's own language, elements of lists counted from 1.
  const names = path.map((key) =>
    typeof key === 'number' ? `${key + 1}.member` : String(key).replace(/^./, (first) => first.toLowerCase()),
  );
  const isAbsent = input === undefined || input === null;
  const isShown =
    ['string', 'number', 'bigint'].includes(typeof input) && `${input}`.length <= MAX_SHOWN_CHARACTERS;
  const value = isAbsent ? 'Value null' : isShown ? `Value '${input}'` : 'Value';
  const rule = isAbsent ? 'not be null' : constraint(issue);
  return `${value} at '${names.join('.')}' failed to satisfy constraint: Member must ${rule}`;
}

function constraint(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `have ${measure(issue)} greater than or equal to ${issue.minimum}`;
    case 'too_big':
      return `have ${measure(issue)} less than or equal to ${issue.maximum}`;
    case 'invalid_value':
      return `satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    case 'invalid_format':
      return `satisfy regular expression pattern: ${issue.pattern ?? issue.format}`;
    case 'invalid_type':
      return `be of type ${issue.expected}`;
    default:
      return 'be valid';
  }
}

const measure = ({ origin }: { origin: string }) =>
  origin === 'string' || origin === 'array' ? 'length' : 'value';
