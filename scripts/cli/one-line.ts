/** Messages of processors, for lists that have a line for each thing. */

const MAX_CHARACTERS = 400;

/**
 * The text without line breaks. Of a long one, the beginning and the end: an error of JavaScript says at the beginning what is wrong, a
 * traceback of Python at the end.
 */
export function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  const half = MAX_CHARACTERS / 2;
  return line.length > MAX_CHARACTERS ? `${line.slice(0, half)} … ${line.slice(-half)}` : line;
}
