/** JSON as it travels through a workflow, and the size that Step Functions measures it in. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Most that the input or output of a state, task or execution may take, in bytes of UTF-8. */
export const MAX_PAYLOAD_BYTES = 262_144;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTooLarge(text: string): boolean {
  // A UTF-16 unit takes 1 to 3 bytes, so most texts need no counting.
  if (text.length > MAX_PAYLOAD_BYTES) return true;
  return text.length * 3 > MAX_PAYLOAD_BYTES && Buffer.byteLength(text) > MAX_PAYLOAD_BYTES;
}
