/** A policy document, checked at the boot of the stack: unknown elements stop the boot with their name. */
import * as z from 'zod';
import { LocalCloudError } from '../errors';

const texts = z.union([z.string(), z.array(z.string())]);
const value = z.union([z.string(), z.boolean(), z.number()]);
const values = z.union([value, z.array(value)]);

const Statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z
    .union([z.literal('*'), z.strictObject({ AWS: texts.optional(), Service: texts.optional() })])
    .optional(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  /** None in a trust policy. */
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
});

const Document = z.strictObject({
  Version: z.string().optional(),
  Statement: z.array(Statement),
});

export type Statement = z.infer<typeof Statement>;
export type Condition = Statement['Condition'];

/** A role as the stack describes it. */
export interface Role {
  name: string;
  arn: string;
  /** Its trust policy: the principals that may assume it. */
  trust: Statement[];
  policies: Statement[];
}

/** The statements of a document. Throws a LocalCloudError, naming `source`, for what is not supported here. */
export function statementsOf(document: unknown, source: string): Statement[] {
  const parsed = Document.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LocalCloudError(
      `The policy ${source} is not supported here at ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  return parsed.data.Statement;
}

export function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
