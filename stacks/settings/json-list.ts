/** A setting that is a JSON list, which people keep in a file if it is long. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * `text`: JSON, or the path of a file with JSON, relative to `base`. `what`: the entries, such as `statements`. Throws an Error that says
 * what is wrong.
 */
export function readJsonList(text: string, base: string, what: string): unknown[] {
  const isInline = /^\s*[[{]/.test(text);
  let value: unknown;
  try {
    value = JSON.parse(isInline ? text : readFileSync(resolve(base, text), 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new Error(`there is no such file; give a JSON list of ${what}, or a file with one`);
    throw new Error(code === undefined ? `it is not JSON (${message})` : message);
  }
  if (Array.isArray(value)) return value;
  throw new Error(`it holds no list: give the list of ${what}`);
}
