/** The kinds of settings: how the text of a variable or an option becomes a value, and a value a text. */
import { resolve } from 'node:path';
import * as z from 'zod';
import type { Settings as ProvisionerSettings } from '../../runtime/provisioner/settings';
import type { WorkerVariable } from '../../runtime/worker/settings';
import type { Json } from '../core/json';
import { readJsonList } from './json-list';

/** The columns of the table that every setting has. */
interface Row<Default> {
  /** Environment variable that sets it. */
  variable: `BATCH_${string}`;
  default: Default;
  /** The default in words if it depends on something else, or is nothing. */
  defaultText?: string;
  /** The effect of the setting, for the README and `--help`: under 200 characters. */
  description: string;
  /** Option of scripts/deploy.ts, if it has one. */
  option?: { flags: `--${string}`; example: string };
  /** Variable by which the worker gets it, if it needs it. */
  worker?: WorkerVariable;
  /** Variable by which the provisioner gets it, if it needs it. */
  provisioner?: keyof ProvisionerSettings;
}

export interface Setting<Value = unknown> extends Row<Value> {
  schema: z.ZodType<Value>;
  /** The allowed values, for error messages. */
  allowed: string;
  /** The text of a variable or option as a value for `schema`, which judges it. Paths are relative to `base`. Throws an Error that says what is wrong. */
  parse(text: string, base: string): unknown;
  /** The text that `parse` makes the value of. */
  format(value: NonNullable<Value>): string;
  /** Its option is repeatable: each use adds one entry, `NAME=VALUE`. */
  isRecord: boolean;
  /** Errors do not show its value: somebody may have put a secret there. */
  isHidden?: boolean;
  /** May be a path, relative to the working directory, or in cdktf.json to that file. */
  isPath?: boolean;
}

const asNumber = (text: string): unknown => (Number.isNaN(Number(text)) ? text : Number(text));
const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
const simple = { parse: (text: string): unknown => text, format: String, isRecord: false };

export function text<Default extends string | undefined>({
  pattern,
  ...row
}: Row<Default> & { pattern: RegExp; allowed: string }): Setting<string | Default> {
  return { ...simple, ...row, schema: z.string().regex(pattern) };
}

export function path(row: Row<string>): Setting<string> {
  return {
    ...simple,
    ...row,
    schema: z.string().min(1),
    allowed: 'the path of a folder',
    isPath: true,
    parse: (text, base) => text && resolve(base, text),
  };
}

export function integer<Default extends number | undefined>({
  min,
  max,
  ...row
}: Row<Default> & { min: number; max: number }): Setting<number | Default> {
  return {
    ...simple,
    ...row,
    schema: z.number().int().min(min).max(max),
    allowed: `an integer, ${min} to ${max}`,
    parse: asNumber,
  };
}

export function choice<Value extends string>({
  values,
  ...row
}: Row<NoInfer<Value>> & { values: readonly Value[] }): Setting<Value> {
  return { ...simple, ...row, schema: z.enum(values), allowed: `one of ${values.join(', ')}` };
}

export function numberOf({ values, ...row }: Row<number> & { values: readonly number[] }): Setting<number> {
  return {
    ...simple,
    ...row,
    schema: z.number().refine((value) => values.includes(value)),
    allowed: `one of ${values.join(', ')}`,
    parse: asNumber,
  };
}

export function flag(row: Row<boolean>): Setting<boolean> {
  return {
    ...simple,
    ...row,
    schema: z.boolean(),
    allowed: 'true or false',
    parse: (text) => ({ true: true, false: false })[text] ?? text,
  };
}

export function list<Default extends string[] | undefined>({
  pattern,
  ...row
}: Row<Default> & { pattern: RegExp; allowed: string }): Setting<string[] | Default> {
  return {
    ...simple,
    ...row,
    schema: z.array(z.string().regex(pattern)).min(1),
    parse: (text) => text.split(',').map((item) => item.trim()),
  };
}

export function record({
  names,
  values = z.string(),
  ...row
}: Omit<Row<Record<string, string>>, 'default'> & {
  names: z.ZodType<string, string>;
  values?: z.ZodType<string>;
  allowed: string;
  isHidden?: boolean;
}): Setting<Record<string, string>> {
  return {
    ...simple,
    ...row,
    default: {},
    schema: z.record(names, values),
    parse: asJson,
    format: JSON.stringify,
    isRecord: true,
  };
}

/** A JSON list of objects, or the path of a file with one. `what`: the objects, for messages. conflicts.ts and complete-config.ts check each. */
export function objects<Entry extends { [field: string]: Json }>({
  what,
  ...row
}: Omit<Row<Entry[]>, 'default'> & { what: string }): Setting<Entry[]> {
  return {
    ...simple,
    ...row,
    default: [],
    schema: z.array(z.record(z.string(), z.json())) as unknown as z.ZodType<Entry[]>,
    allowed: `a JSON list of ${what}, or the path of a file that holds one`,
    parse: (text, base) => readJsonList(text, base, what),
    format: JSON.stringify,
    isPath: true,
  };
}
