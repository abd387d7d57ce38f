/** JSON that others send. */
import { jsonProblem, MAX_DEPTH, TOO_DEEP } from './json-problem';

/** Throws a SyntaxError in Jackson's words for what is not JSON, or nested more than 1,000 levels deep. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(TOO_DEEP);
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError(jsonProblem(text).message);
  }
}

/** One pass over the characters: a regular expression over long strings takes a stack of its own. */
function isTooDeep(text: string): boolean {
  // Each level is opened and closed.
  if (text.length <= 2 * MAX_DEPTH) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') index = endOfString(text, index);
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Index of the quote that closes the string which opens at `start`, or the text's length. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === '"') return index;
    if (text[index] === '\\') index += 1;
  }
  return text.length;
}
