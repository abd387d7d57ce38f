/** The parameters of a processor as JSON Schema. */
import * as z from 'zod';

/**
 * JSON Schema (draft 2020-12) of what an execution may give. It leaves out what JSON Schema cannot say: the slot applies the schema
 * itself. It refuses nothing that the schema takes, except a value that `z.coerce` would convert: a number must be a number.
 */
export function parametersSchema(parameters: z.ZodObject): object {
  return z.toJSONSchema(parameters.strict(), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (takesAnything(def)) leaveOut(jsonSchema, Object.keys(jsonSchema));
      if (hasFlags(def)) leaveOut(jsonSchema, ['pattern', 'allOf', 'format']);
      if (changesText(def)) leaveOut(jsonSchema, ['pattern', 'allOf', 'format', 'minLength', 'maxLength']);
    },
  });
}

function leaveOut(jsonSchema: z.core.JSONSchema.BaseSchema, keys: string[]): void {
  for (const key of keys) delete jsonSchema[key];
}

/** It converts its input before it looks at it, or replaces what it does not take. */
function takesAnything(def: z.core.$ZodTypeDef): boolean {
  if (def.type === 'catch') return true;
  return def.type === 'pipe' && (def as z.core.$ZodPipeDef).in._zod.def.type === 'transform';
}

/** A pattern of JSON Schema has no flags. */
function hasFlags(def: z.core.$ZodTypeDef): boolean {
  const patterns = [def, ...checksOf(def)].map((each) => (each as { pattern?: RegExp }).pattern);
  return patterns.some((pattern) => pattern && pattern.flags !== '');
}

/** `trim`, `toLowerCase` and their like, before other checks or after them. */
function changesText(def: z.core.$ZodTypeDef): boolean {
  return checksOf(def).some(({ check }) => check === 'overwrite');
}

function checksOf({ checks = [] }: z.core.$ZodTypeDef): z.core.$ZodCheckDef[] {
  return checks.map(({ _zod }) => _zod.def);
}
