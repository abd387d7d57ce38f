import type { Parameters } from '../contract';

interface Schema {
  properties?: Record<string, { default?: unknown }>;
}

/**
 * The parameters as an execution gives them, with the defaults filled in. `schema`: JSON Schema, as the processor's description has
 * it. A slot hashes these, and not what the processor's own schema makes of them, so that a caller that has only the description
 * gets the same hash.
 */
export function withDefaults(schema: object, given: Parameters): Parameters {
  const filled = { ...given };
  for (const [name, property] of Object.entries((schema as Schema).properties ?? {})) {
    if (filled[name] === undefined && property.default !== undefined) filled[name] = property.default;
  }
  return filled;
}
