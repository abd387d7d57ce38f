import { isUtf8 } from 'node:buffer';
import { jsonProblem } from '../../core/json-problem';
import { ServiceError } from '../../core/service';

/** Throws Lambda's error for a payload that is not JSON. */
export function assertJson(payload: Buffer): void {
  const text = payload.toString('utf8');
  try {
    if (!isUtf8(payload)) throw new SyntaxError();
    JSON.parse(text);
  } catch {
    const { message, read } = jsonProblem(text);
    const lines = text.slice(0, read).split('\n');
    const column = (lines.at(-1) ?? '').length + 1;
    const where = `[Source: (byte[])"${text.slice(0, 500)}"; line: ${lines.length}, column: ${column}]`;
    const why = `Could not parse request body into json: Could not parse payload into json: ${message}\n at ${where}`;
    throw new ServiceError('InvalidRequestContentException', why);
  }
}
