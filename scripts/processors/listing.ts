/** The processors as people read them. */
import type { ProcessorDescription } from '../../runtime/contract';

/** What is read of the JSON Schema of a parameter. */
interface ParameterSchema {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: ParameterSchema[];
  items?: ParameterSchema;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
}

interface ObjectSchema {
  properties?: Record<string, ParameterSchema>;
  required?: string[];
}

/** `own`: the deployment's processor. */
export function describeListing(processors: [string, ProcessorDescription][], own: string): string[] {
  return processors.flatMap(([name, description], index) => [
    ...(index > 0 ? [''] : []),
    `${name}${name === own ? '   (of executions that name none)' : ''}`,
    ...('error' in description ? [`  It cannot be used: ${description.error}`] : describeOne(description)),
  ]);
}

function describeOne({
  description,
  version,
  outputs,
  parameters,
}: Exclude<ProcessorDescription, { error: string }>): string[] {
  const { properties = {}, required = [] } = parameters as ObjectSchema;
  const lines = Object.entries(properties).map(([name, schema]) =>
    describeParameter(name, schema, required.includes(name)),
  );
  return [
    ...(description ? [`  ${description}`] : []),
    `  Outputs: ${describeOutputs(outputs)}. Version: ${version}.`,
    ...lines,
  ];
}

function describeOutputs(outputs: readonly string[] | 'dynamic'): string {
  if (outputs === 'dynamic') return 'as many as each run gives';
  if (outputs.length === 0) return 'none';
  return outputs.map((suffix) => `<key>${suffix}`).join(', ');
}

function describeParameter(name: string, schema: ParameterSchema, isRequired: boolean): string {
  const fallback = schema.default === undefined ? '' : ` Default: ${JSON.stringify(schema.default)}.`;
  const notes = `${schema.description ? ` ${schema.description}` : ''}${isRequired ? ' Required.' : fallback}`;
  return `  --param ${name}=<${describeType(schema)}>${notes}`;
}

function describeType(schema: ParameterSchema): string {
  if (schema.enum) return schema.enum.map(String).join('|');
  if (schema.anyOf) return schema.anyOf.map(describeType).join('|');
  const type = [schema.type ?? 'JSON'].flat().join('|');
  if (type === 'array') return `list of ${describeType(schema.items ?? {})}`;
  return `${type}${describeRange(schema)}`;
}

/** Bounds that zod adds to every integer say nothing. */
function describeRange({ minimum, maximum }: ParameterSchema): string {
  const [from, to] = [minimum, maximum].map((bound) =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined,
  );
  if (from !== undefined && to !== undefined) return ` ${from} to ${to}`;
  if (from !== undefined) return ` ${from} or more`;
  return to === undefined ? '' : ` up to ${to}`;
}
