/** What a program made, as the outputs of a processor. */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Output } from '../output';
import { CommandError } from './failure';

type OfOutputs = string | ((suffix: string) => string | undefined);

/** One value for all outputs, or a function of the output's suffix. */
export interface OutputHeaders {
  /** Such as `image/webp`. Default: `application/octet-stream`. A text or JSON shows its start in the results. */
  contentType?: OfOutputs;
  /** Such as `gzip`. Default: none. */
  contentEncoding?: OfOutputs;
  /** Such as `max-age=3600`. Default: none. */
  cacheControl?: OfOutputs;
}

export function headersOf(suffix: string, headers: OutputHeaders) {
  const value = (of: OfOutputs | undefined) => (typeof of === 'function' ? of(suffix) : of);
  return {
    contentType: value(headers.contentType),
    contentEncoding: value(headers.contentEncoding),
    cacheControl: value(headers.cacheControl),
  };
}

/** The results show fewer characters. */
export const PREVIEW_BYTES = 1024;

/** The start of a content that people can read; undefined for another. */
export function previewOf(start: Uint8Array, { contentType, contentEncoding }: Partial<Output>) {
  const isText = /^text\/|^application\/([\w.-]+\+)?(json|jsonl|x-ndjson|xml|yaml)\b/i;
  if (contentEncoding || !contentType || !isText.test(contentType)) return undefined;
  // The decoder leaves out a character that the cut has halved.
  return new StringDecoder('utf8').write(Buffer.from(start));
}

/** A place for output files in the scratch folder: their paths start with what this returns. */
export async function outputPrefix(scratch: string, argv: readonly string[] = []): Promise<string> {
  const prefix = join(scratch, 'outputs', 'output');
  const isFolder = argv.some((argument) => argument.includes('{output}/'));
  await mkdir(isFolder ? prefix : dirname(prefix), { recursive: true });
  return prefix;
}

/**
 * The files whose paths start with the prefix; a file's suffix is the rest of its path. Throws a CommandError if they are not
 * those that the processor declares.
 */
export async function outputFiles(
  prefix: string,
  {
    name,
    outputs,
    headers,
  }: { name: string; outputs: readonly string[] | 'dynamic'; headers: OutputHeaders },
): Promise<Output[]> {
  const suffixes = await suffixesOf(prefix);
  if (outputs !== 'dynamic') {
    const missing = outputs.filter((suffix) => !suffixes.includes(suffix));
    if (missing.length > 0)
      throw new CommandError(`${name} wrote no file {output}${missing.join(', {output}')}`);
    const undeclared = suffixes.filter((suffix) => !outputs.includes(suffix));
    if (undeclared.length > 0)
      throw new CommandError(
        `${name} wrote {output}${undeclared.join(', {output}')}: the processor's outputs do not declare it`,
      );
  }
  return Promise.all(
    suffixes.map((suffix) => fileOutput(prefix + suffix, { suffix, ...headersOf(suffix, headers) })),
  );
}

/** Reads the file when the output is written, so that no more files are open than are uploaded. */
export async function fileOutput(path: string, output: Omit<Output, 'body'>): Promise<Output> {
  return { ...output, preview: output.preview ?? (await previewOfFile(path, output)), body: read(path) };
}

async function* read(path: string): AsyncGenerator<Buffer> {
  yield* createReadStream(path);
}

async function previewOfFile(path: string, output: Partial<Output>): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PREVIEW_BYTES), 0, PREVIEW_BYTES, 0);
    return previewOf(buffer.subarray(0, bytesRead), output);
  } finally {
    await file.close();
  }
}

async function suffixesOf(prefix: string): Promise<string[]> {
  const entries = await readdir(dirname(prefix), { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }));
  const made = paths.filter(({ entry, path }) => path.startsWith(prefix) && !entry.isDirectory());
  const strange = made.find(({ entry }) => !entry.isFile());
  if (strange) throw new CommandError(`{output}${strange.path.slice(prefix.length)} is not a regular file`);
  return made.map(({ path }) => path.slice(prefix.length)).sort();
}
