/** The parameters of operations, from query and headers: each operation has a schema, and gets nothing else. */
import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { s3Error } from './protocol/errors';
import type { Exchange } from './request';

/** The part of an operation that answers its requests. */
export interface Handler {
  /** Of `{ query, headers }`, every value a string. None for an operation without parameters. */
  input?: z.ZodType;
  // biome-ignore lint/suspicious/noExplicitAny: a table holds handlers of many shapes; each declares its own.
  run(exchange: Exchange, parameters: any): Promise<void> | void;
}

type Parameters<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/**
 * An operation's handler: it gets the values of its parameters by their names on the wire. Metadata, conditions and
 * digests are headers of many operations, and have files of their own.
 */
export function handler<
  Query extends z.ZodRawShape = Record<never, never>,
  Headers extends z.ZodRawShape = Record<never, never>,
>(
  { query, headers }: { query?: Query; headers?: Headers },
  run: (exchange: Exchange, parameters: Parameters<Query> & Parameters<Headers>) => Promise<void> | void,
): Handler {
  if (!query && !headers) return { run };
  const input = z
    .object({ query: z.object(query ?? {}), headers: z.object(headers ?? {}) })
    .transform((given) => ({ ...given.query, ...given.headers }));
  return { input, run };
}

/** Throws InvalidArgument, or what the parameter's schema names. */
export function readParameters(
  { input }: Handler,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): unknown {
  if (!input) return {};
  const given = { query: Object.fromEntries(query), headers };
  const { data, error } = input.safeParse(given, { reportInput: true });
  const [issue] = error?.issues ?? [];
  if (!issue) return data;
  const name = String(issue.path.at(-1));
  const Message = `Argument ${name} ${issue.message}`;
  const isRequest = issue.code === 'custom' && issue.params?.code === 'InvalidRequest';
  if (isRequest) throw s3Error('InvalidRequest', { Message });
  throw s3Error('InvalidArgument', { Message, ArgumentName: name, ArgumentValue: issue.input });
}

export function wholeNumber(minimum: number, maximum: number) {
  const error = `must be an integer between ${minimum} and ${maximum}`;
  const isInRange = (text: string) =>
    /^\d{1,16}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum;
  return z.string({ error }).refine(isInRange, { error }).transform(Number);
}

export const oneOf = <const Values extends readonly string[]>(...values: Values) =>
  z.enum(values, { error: `must be ${values.join(' or ')}` });
