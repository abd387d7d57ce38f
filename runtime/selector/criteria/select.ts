/** The `select` of an execution's input: one schema for the function, the client and the command line. */
import * as z from 'zod';
import { parseInstant } from '../text/instant';
import { parseShare } from '../text/share';
import { parseSize } from '../text/size';
import { compileGlobs } from './glob';

/** As an execution's input has it; sizes, dates and shares also as people write them. */
export type SelectInput = z.input<ReturnType<typeof selectSchema>>;

/** The same, read. A criterion that is not given is undefined. JSON. */
export type Select = z.output<ReturnType<typeof selectSchema>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html, StorageClass */
const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'GLACIER',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'DEEP_ARCHIVE',
  'OUTPOSTS',
  'GLACIER_IR',
  'SNOW',
  'EXPRESS_ONEZONE',
  'FSX_OPENZFS',
] as const;

const MAX_GLOBS = 100;

/** What is wrong with a `select`, in one line that names the field. */
export class SelectError extends Error {
  override readonly name = 'SelectError';
}

/** `7d` ago is relative to `now`. Throws a SelectError. */
export function parseSelect(select: unknown, now: Date): Select {
  const parsed = selectSchema(now).safeParse(select);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = ['select', ...(issue?.path ?? []).filter((part) => typeof part === 'string')].join('.');
  throw new SelectError(`${path}: ${issue?.message}`);
}

/**
 * - `match`, `exclude`: globs on the whole key, one or a list; a key is selected if it matches one of `match` and none of
 *   `exclude`
 * - `larger_than`, `smaller_than`: bytes, or a text such as `1MB`; an object of exactly that size is not selected
 * - `modified_after`, `modified_before`: from that moment on, and until just before it; ISO 8601, or a text such as `7d`
 * - `storage_class`: one or a list
 * - `limit`: the first N objects that meet all other criteria
 * - `sample`: a share of the keys, above 0 and up to 1, or a text such as `1%`; the same keys every time, and a larger share
 *   contains a smaller one
 * - `changed`: only objects whose outputs are not up to date
 */
function selectSchema(now: Date) {
  const size = orText(
    (bytes) => Number.isSafeInteger(bytes) && bytes >= 0,
    parseSize,
    'a size in bytes, or a text such as "1MB"',
  );
  const instant = readText(
    (text) => parseInstant(text, now).toISOString(),
    'a date as text, such as "2026-01-31" or "7d"',
  );
  return z
    .strictObject(
      {
        match: globs().optional(),
        exclude: globs().optional(),
        larger_than: size.optional(),
        smaller_than: size.optional(),
        modified_after: instant.optional(),
        modified_before: instant.optional(),
        storage_class: oneOrList(storageClass()).optional(),
        limit: z.int(`give a whole number, 1 or more`).min(1, 'give a whole number, 1 or more').optional(),
        sample: orText(
          (share) => share > 0 && share <= 1,
          parseShare,
          'a share above 0 and up to 1, or a text such as "1%"',
        ).optional(),
        changed: z.boolean('give true or false').optional(),
      },
      {
        error: ({ code, keys }) =>
          code === 'unrecognized_keys'
            ? `it has no ${(keys as string[]).join(', ')}: it can have match, exclude, larger_than, smaller_than, modified_after, modified_before, storage_class, limit, sample and changed`
            : 'give an object such as {"match": "**/*.jpg", "limit": 100}',
      },
    )
    .refine(
      ({ larger_than: above = -1, smaller_than: below = Number.POSITIVE_INFINITY }) => below - above > 1,
      {
        error: 'no size is above larger_than and below smaller_than',
      },
    )
    .refine(({ modified_after: from, modified_before: to }) => !from || !to || from < to, {
      error: 'no moment is after modified_after and before modified_before',
    });
}

function globs() {
  return oneOrList(z.string('give a glob such as "**/*.jpg", or a list of them'))
    .refine((list) => list.length <= MAX_GLOBS, { error: `give at most ${MAX_GLOBS} globs` })
    .transform((list, context) => {
      attempt(() => compileGlobs(list), context);
      return list;
    });
}

function storageClass() {
  const allowed = `give ${STORAGE_CLASSES.join(', ')}, or a list of them`;
  return z.string(allowed).transform((text, context) => {
    const found = STORAGE_CLASSES.find((name) => name === text.toUpperCase());
    if (!found) context.addIssue(`${JSON.stringify(text)} is not a storage class: ${allowed}`);
    return found ?? z.NEVER;
  });
}

/** One value or a list of them; as a list. */
function oneOrList<Schema extends z.ZodType>(schema: Schema) {
  return z
    .preprocess(
      (value) => (Array.isArray(value) ? value : [value]),
      z.array(schema).min(1, 'the list is empty'),
    )
    .transform((list) => list as z.output<Schema>[]) as z.ZodType<
    z.output<Schema>[],
    z.input<Schema> | z.input<Schema>[]
  >;
}

function readText<Value>(read: (text: string) => Value, allowed: string) {
  return z.string(`give ${allowed}`).transform((text, context) => attempt(() => read(text), context));
}

/** A number that is `allowed`, or a text that `read` makes one of. */
function orText(isAllowed: (number: number) => boolean, read: (text: string) => number, allowed: string) {
  return z.union([z.number(), z.string()], { error: problemOf }).transform((value, context) => {
    if (typeof value === 'string') return attempt(() => read(value), context);
    if (!isAllowed(value)) context.addIssue(problemOf({ input: value }));
    return value;
  });

  function problemOf({ input }: { input?: unknown }): string {
    return `${JSON.stringify(input)} is not allowed: give ${allowed}`;
  }
}

/** The result, or an issue with the message of what was thrown. */
function attempt<Value>(make: () => Value, context: z.RefinementCtx): Value {
  try {
    return make();
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
}
