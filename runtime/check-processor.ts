/** Whether a deployment can run a processor with these parameters: clients and the provisioner ask before anything starts. */
import * as z from 'zod';
// Not as `z.core.toDotPath`, which takes all of zod with it.
import { toDotPath } from 'zod/v4/core';
import type { Parameters, ProcessorDescriptions } from './contract';

/** As JSON, UTF-8. Parameters travel with every task. */
export const MAX_PARAMETERS_BYTES = 4096;

/** Characters of a value that a message shows. */
const SHOWN = 100;

/** One line that says what is wrong: with the processor, or with its first wrong parameter. Undefined if nothing is. */
export function processorProblem(
  processors: ProcessorDescriptions,
  name: string,
  parameters: Parameters,
): string | undefined {
  const processor = Object.hasOwn(processors, name) ? processors[name] : undefined;
  if (!processor) return `There is no processor ${name}: there are ${listed(Object.keys(processors))}.`;
  if ('error' in processor) return `The processor ${name} does not load: ${processor.error}`;
  const bytes = Buffer.byteLength(JSON.stringify(parameters));
  if (bytes > MAX_PARAMETERS_BYTES) {
    return `The parameters take ${bytes} bytes as JSON: give at most ${MAX_PARAMETERS_BYTES}.`;
  }
  const schema = z.fromJSONSchema(processor.parameters as z.core.JSONSchema.JSONSchema);
  const [issue] = schema.safeParse(parameters).error?.issues ?? [];
  return issue && describe(name, processor.parameters, parameters, issue);
}

/** Schema of each parameter, by name. */
function parameterSchemas(parameters: object): Record<string, { type?: unknown; enum?: unknown[] }> {
  return 'properties' in parameters ? (parameters.properties as ReturnType<typeof parameterSchemas>) : {};
}

function describe(
  processor: string,
  schema: object,
  parameters: Parameters,
  issue: z.core.$ZodIssue,
): string {
  const schemas = parameterSchemas(schema);
  const [name] = issue.path;
  if (name === undefined) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : Object.keys(parameters);
    const known = Object.keys(schemas);
    const remedy = known.length > 0 ? `it has ${listed(known)}` : 'it has none';
    return `The processor ${processor} has no parameter ${listed(unknown)}: ${remedy}.`;
  }
  const where = `The parameter ${toDotPath(issue.path)} of ${processor}`;
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as Parameters | undefined)?.[String(key)],
    parameters,
  );
  if (value === undefined) return `${where} is missing: ${issue.message}.`;
  const choice =
    issue.code === 'invalid_union' && issue.path.length === 1 ? choices(schemas[String(name)]) : '';
  return `${where} is ${shorten(JSON.stringify(value))}: ${issue.message}${choice}.`;
}

/** For a union, whose own message is only that its input is invalid. */
function choices(schema: ReturnType<typeof parameterSchemas>[string] | undefined): string {
  if (schema?.enum) return `; it can be ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  return Array.isArray(schema?.type) ? `; it can be ${schema.type.join(' or ')}` : '';
}

function shorten(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function listed(names: string[]): string {
  return names.join(', ');
}
