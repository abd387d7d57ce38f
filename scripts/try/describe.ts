/** What came of an object, as people read it. */
import { open } from 'node:fs/promises';
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { OBJECT_PROCESSED, OBJECT_SKIPPED, PROCESSING_OBJECT } from '../../runtime/log-lines';
import type { TaskError } from '../../runtime/worker/task-error';

const PREVIEW_BYTES = 300;
/** Lines that the slot writes for every object: the summary says the same. */
const ROUTINE = new Set<string>([PROCESSING_OBJECT, OBJECT_PROCESSED, OBJECT_SKIPPED]);

export async function describeOutput(
  file: string,
  { ContentType = '', ContentLength = 0 }: HeadObjectCommandOutput,
  record: unknown,
): Promise<string[]> {
  const lines = [`  ${file}  ${ContentLength} bytes  ${ContentType}`];
  if (record !== undefined) lines.push(`    record ${JSON.stringify(record)}`);
  const isText = /^text\/|json|xml|csv/.test(ContentType);
  if (isText) lines.push(...(await firstLines(file)).map((line) => `    ${line}`));
  return lines;
}

async function firstLines(file: string): Promise<string[]> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PREVIEW_BYTES), 0, PREVIEW_BYTES, 0);
    const text = buffer.subarray(0, bytesRead).toString();
    const lines = text.trimEnd().split('\n');
    return bytesRead < PREVIEW_BYTES ? lines : [...lines.slice(0, -1), `${lines.at(-1)}…`];
  } finally {
    await handle.close();
  }
}

export function describeFailure(key: string, { name, message, userStack }: TaskError): string[] {
  return [
    `${key}: failed: ${name}: ${message}`,
    ...(userStack?.split('\n') ?? []).map((line) => `  ${line.trim()}`),
  ];
}

/** A log line of the slot; none if it is routine. */
export function describeLogLine(line: string): string[] {
  try {
    const { timestamp: _, level, message, key: __, ...fields } = JSON.parse(line);
    if (ROUTINE.has(message)) return [];
    const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
    return [`${level === 'info' ? '' : `${level}: `}${message}${rest}`];
  } catch {
    return [line];
  }
}
