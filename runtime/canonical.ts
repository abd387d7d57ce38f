/**
 * A value as text that is the same for equal values, whatever the order of their keys: JSON, and what JSON would lose in parameters
 * that a schema has transformed (a Map, say).
 */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part instanceof Map || part instanceof Set) return [...part];
    if (part instanceof RegExp || typeof part === 'function') return String(part);
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
