/** Whether a processor returned what it declares, and what S3 takes: what is wrong is the processor's fault, and is known before a request. */
import { isUint8Array } from 'node:util/types';
import type { Output } from '../../../processor';
import { suffixProblem } from '../../../processor/suffix';
import { PROVENANCE_ENTRY } from '../../../provenance';
import { TaskError } from '../../task-error';

/** An output that S3 takes, except that the chunks of its stream are not checked yet. */
export interface CheckedOutput extends Output {
  suffix: string;
}

const MAX_HEADER_CHARACTERS = 1_024;
/** S3 takes 2 KB of user metadata, names and values: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 1_700;
const MAX_RECORD_BYTES = 1_024;
/** What HTTP takes as a header's name (RFC 9110, token) and S3 as a value without encoding it. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\x20-\x7e]*$/;
const HEADERS = ['contentType', 'contentEncoding', 'cacheControl'] as const;

/** The outputs in the order of their declaration, dynamic ones as they were returned. Throws a TaskError, `ProcessorError`, that says what is wrong. */
export function checkOutputs(returned: unknown, declared: readonly string[] | 'dynamic'): CheckedOutput[] {
  const list = Array.isArray(returned)
    ? returned
    : returned === undefined || returned === null
      ? []
      : [returned];
  const outputs = list.map(checkOutput);
  const suffixes = outputs.map(({ suffix }) => suffix);
  const twice = suffixes.find((suffix, index) => suffixes.indexOf(suffix) !== index);
  if (twice !== undefined) throw wrong(`process returned the output ${quote(twice)} twice`);
  if (declared === 'dynamic') return outputs;
  const missing = declared.find((suffix) => !suffixes.includes(suffix));
  const unknown = suffixes.find((suffix) => !declared.includes(suffix));
  if (unknown !== undefined) {
    const allowed = declared.length > 0 ? declared.map(quote).join(', ') : 'none';
    throw wrong(
      `process returned the output ${quote(unknown)}, which the processor does not declare: outputs are ${allowed}`,
    );
  }
  if (missing !== undefined) {
    const hint = list.length === 0 ? ': return { body: … }' : '';
    throw wrong(`process returned no output ${quote(missing)}, which the processor declares${hint}`);
  }
  return declared.flatMap((suffix) => outputs.filter((output) => output.suffix === suffix));
}

function checkOutput(output: unknown): CheckedOutput {
  if (output === null || typeof output !== 'object' || !('body' in output))
    throw wrong(`process returned ${kindOf(output)} for an output: return { body: … }`);
  const { suffix = '', body, metadata, preview, record, ...rest } = output as Output;
  const problem = suffixProblem(suffix);
  if (problem) throw wrong(`the suffix ${quote(suffix)} of an output ${problem}`);
  const fail = (what: string) => wrong(`the output ${quote(suffix)} ${what}`);
  if (!isContent(body))
    throw fail(
      `has ${kindOf(body)} as its body: give a text, bytes (a Buffer or Uint8Array) or a stream of them`,
    );
  if (preview !== undefined && typeof preview !== 'string')
    throw fail(`has ${kindOf(preview)} as its preview: give a text`);
  const headers: Partial<Output> = {};
  for (const header of HEADERS) {
    const value: unknown = rest[header];
    // Libraries that guess a type say "unknown" so.
    if (value === undefined || value === null || value === '') continue;
    const reason = headerProblem(value);
    if (reason) throw fail(`has a ${header} that ${reason}: ${quote(value)}`);
    headers[header] = value as string;
  }
  if (record !== undefined) checkRecord(record, fail);
  return {
    suffix,
    body,
    ...headers,
    ...(metadata && { metadata: checkMetadata(metadata, fail) }),
    ...(preview !== undefined && { preview }),
    ...(record !== undefined && { record }),
  };
}

function isContent(body: unknown): boolean {
  if (typeof body === 'string' || isUint8Array(body)) return true;
  if (body === null || typeof body !== 'object') return false;
  // Streams of Node.js and of the web, generators; streams of the first versions of Node.js have only `pipe`.
  return Symbol.asyncIterator in body || typeof (body as { pipe?: unknown }).pipe === 'function';
}

function headerProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is not a text';
  if (value.length > MAX_HEADER_CHARACTERS) return `is longer than ${MAX_HEADER_CHARACTERS} characters`;
  if (!HEADER_VALUE.test(value)) return 'has other characters than printable ASCII';
  return undefined;
}

type Fail = (what: string) => TaskError;

function checkMetadata(metadata: unknown, fail: Fail): Record<string, string> {
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    throw fail(`has ${kindOf(metadata)} as its metadata: give an object of texts`);
  const entries = Object.entries(metadata as Record<string, unknown>);
  // S3 has no capital letters in names.
  const names = entries.map(([name]) => name.toLowerCase());
  let bytes = 0;
  for (const [index, [name, value]] of entries.entries()) {
    if (!HEADER_NAME.test(name)) throw fail(`has metadata whose name HTTP does not take: ${quote(name)}`);
    if (names.indexOf(name.toLowerCase()) !== index) throw fail(`has the metadata ${quote(name)} twice`);
    if (name.toLowerCase() === PROVENANCE_ENTRY)
      throw fail(`has the metadata ${quote(name)}, which the worker writes itself: choose another name`);
    const reason = headerProblem(value);
    if (reason && !reason.startsWith('is longer'))
      throw fail(`has metadata ${quote(name)} that ${reason}: ${quote(value)}`);
    bytes += name.length + (value as string).length;
  }
  if (bytes > MAX_METADATA_BYTES)
    throw fail(`has ${bytes} bytes of metadata: ${MAX_METADATA_BYTES} are allowed`);
  return metadata as Record<string, string>;
}

function checkRecord(record: unknown, fail: Fail): void {
  let text: string | undefined;
  try {
    text = JSON.stringify(record);
  } catch (error) {
    throw fail(`has a record that is not JSON: ${(error as Error).message.split('\n')[0]}`);
  }
  if (text === undefined) throw fail(`has a record that is not JSON: it is ${kindOf(record)}`);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_RECORD_BYTES) throw fail(`has a record of ${bytes} bytes: ${MAX_RECORD_BYTES} are allowed`);
}

function wrong(message: string): TaskError {
  return new TaskError('ProcessorError', message);
}

const MAX_QUOTED_CHARACTERS = 100;

/** As a JSON text, so that odd characters are seen. */
function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  return JSON.stringify(
    text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text,
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name = value.constructor?.name;
  return name && name !== 'Object' ? `an object (${name})` : 'a plain object';
}
