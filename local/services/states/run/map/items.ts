/**
 * Where a map's items come from, page by page: what is held at a time is a page of a listing, or the lines of a piece of an object. An
 * iterator's step for each item would cost more than all else that is done with it.
 * Shapes: Developer Guide, "ItemReader (Map)".
 */
import { pipeline, type Readable } from 'node:stream';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { parse as parseCsv } from 'csv-parse';
import { pick } from 'stream-json/filters/pick.js';
import { parser } from 'stream-json/parser.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { EvaluationError, StatesError } from '../../language/errors';
import { isObject, type Json, type JsonObject } from '../../language/json';
import type { Reader } from '../../language/resources';
import type { MapState } from '../../language/schema';
import { unexpectedType } from '../fields';

export interface Source {
  /** What `$states.context.Map.Item.Source` is. */
  name: string;
  /** Items known beforehand; a reader's are not. */
  length?: number;
  /** Whether the items are members of an object: `{Key, Value}`. */
  isObject?: boolean;
  pages(signal: AbortSignal): AsyncIterable<Json[]> | Iterable<Json[]>;
}

export interface ReaderSettings {
  resource: Reader;
  config: NonNullable<NonNullable<MapState['ItemReader']>['ReaderConfig']>;
  arguments: JsonObject;
  /** At most this many items; 0 for all. */
  maxItems: number;
}

/**
 * Items from the state's input. An object gives one item for each of its members.
 * @param template the field that gave them; none if it is the state's input itself
 */
export function inputSource(items: Json, template?: Json): Source {
  const list = isObject(items) ? Object.entries(items).map(([Key, Value]) => ({ Key, Value })) : items;
  if (Array.isArray(list)) {
    return { name: 'STATE_DATA', length: list.length, isObject: isObject(items), pages: () => [list] };
  }
  if (template !== undefined) throw unexpectedType(template, 'Items', items, 'array');
  throw new EvaluationError(`Map state input must be an array but was: ${JSON.stringify(items)}`);
}

/** Items from S3. Any error of S3 is States.ItemReaderFailed, and so is a MaxItems below 0. */
export function readerSource(reader: ReaderSettings, s3: S3Client): Source {
  const { Bucket, Key, Prefix } = reader.arguments;
  const listing = reader.resource === 's3:listObjectsV2';
  const name = listing ? `S3://${Bucket}` : `S3://${Bucket}/${Key}`;
  async function* pages(signal: AbortSignal): AsyncIterable<Json[]> {
    let left = reader.maxItems || Number.POSITIVE_INFINITY;
    if (left < 0) throw readerFailed(`MaxItems must not be negative: ${left}`);
    try {
      for await (const page of listing ? listObjects(reader, s3, signal) : readObject(reader, s3, signal)) {
        yield page.slice(0, left);
        left -= page.length;
        if (left <= 0) return;
      }
    } catch (error) {
      if (error instanceof StatesError) throw error;
      const { name: code, message } = error as Error;
      const what = listing
        ? `list the objects of '${Bucket}' below '${Prefix ?? ''}'`
        : `read '${Bucket}/${Key}'`;
      throw readerFailed(`Failed to ${what}: ${code}: ${message}`);
    }
  }
  return { name, pages };
}

function readerFailed(cause: string): StatesError {
  return new StatesError('States.ItemReaderFailed', cause);
}

async function* listObjects(
  { arguments: given }: ReaderSettings,
  client: S3Client,
  signal: AbortSignal,
): AsyncIterable<Json[]> {
  const { Bucket, Prefix } = given as { Bucket: string; Prefix?: string };
  // Encoded, since a key may hold characters that XML cannot.
  const command = { Bucket, Prefix, EncodingType: 'url' } as const;
  for await (const page of paginateListObjectsV2({ client }, command, { abortSignal: signal })) {
    const { Contents = [], EncodingType } = page;
    const decode = (key: string) =>
      EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
    yield Contents.map(({ ETag = '', Key = '', LastModified, Size = 0, StorageClass = 'STANDARD' }) => ({
      Etag: ETag,
      Key: decode(Key),
      LastModified: Math.floor((LastModified?.getTime() ?? 0) / 1_000),
      Size,
      StorageClass,
    }));
  }
}

const DELIMITERS = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' };

async function* readObject(
  { arguments: given, config }: ReaderSettings,
  client: S3Client,
  signal: AbortSignal,
): AsyncIterable<Json[]> {
  const { Bucket, Key, VersionId } = given as { Bucket: string; Key: string; VersionId?: string };
  const command = new GetObjectCommand({ Bucket, Key, VersionId });
  const { Body } = await client.send(command, { abortSignal: signal });
  const body = Body as Readable;
  try {
    if (config.InputType === 'JSONL') yield* readLines(body);
    else if (config.InputType === 'CSV') for await (const row of readCsv(body, config)) yield [row];
    else for await (const item of readJson(body, config.ItemsPointer)) yield [item];
  } finally {
    body.destroy();
  }
}

async function* readLines(body: Readable): AsyncIterable<Json[]> {
  let number = 0;
  for await (const read of lines(body)) {
    const items: Json[] = [];
    try {
      for (const line of read) {
        number += 1;
        if (line.trim() !== '') items.push(parsedLine(line, number));
      }
    } catch (error) {
      // The lines before are items, and MaxItems may end with them.
      yield items;
      throw error;
    }
    yield items;
  }
}

function parsedLine(line: string, number: number): Json {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Error(`line ${number} is not JSON: ${(error as Error).message}`);
  }
}

/** Those of each chunk. Not readline's, which also break at U+2028 and U+2029; a JSON string may contain these. */
async function* lines(body: Readable): AsyncIterable<string[]> {
  let rest = '';
  for await (const chunk of body.setEncoding('utf8')) {
    const parts = `${rest}${chunk}`.replace(/^\uFEFF/, '').split('\n');
    rest = parts.pop() ?? '';
    yield parts;
  }
  yield [rest];
}

function readCsv(body: Readable, config: ReaderSettings['config']): AsyncIterable<Json> {
  const { CSVDelimiter = 'COMMA', CSVHeaderLocation, CSVHeaders = [] } = config;
  const delimiter = DELIMITERS[CSVDelimiter];
  let headers = CSVHeaders;
  const columns = (first: string[]): string[] => {
    headers = distinct(first);
    return headers;
  };
  const parser = parseCsv({
    bom: true,
    delimiter,
    columns: CSVHeaderLocation === 'GIVEN' ? distinct(CSVHeaders) : columns,
    relax_column_count: true,
    skip_empty_lines: true,
    // A short row has empty texts for the rest.
    on_record: (row: Record<string, string>) =>
      Object.fromEntries(headers.map((name) => [name, row[name] ?? ''])),
  });
  return piped(body, parser);
}

function distinct(headers: string[]): string[] {
  if (new Set(headers).size < headers.length) throw readerFailed('CSV headers cannot contain duplicates.');
  return headers;
}

/** An array, at the top of the document or where the pointer says. */
async function* readJson(body: Readable, pointer = ''): AsyncIterable<Json> {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const picked = path.length > 0 ? [pick.asStream({ filter: path.join('.'), pathSeparator: '.' })] : [];
  const stages = [parser.asStream(), ...picked, streamArray.asStream()];
  try {
    for await (const { value } of piped<{ value: Json }>(body, ...stages)) yield value;
  } catch (error) {
    const isNoArray = /should be an array/.test((error as Error).message);
    throw isNoArray ? readerFailed('Attempting to map over non-iterable node.') : error;
  }
}

/** Pipes each stream into the next and returns the last. Throws an error of any of them. */
function piped<T = Json>(...streams: (NodeJS.ReadableStream | NodeJS.ReadWriteStream)[]): AsyncIterable<T> {
  // The last stream is destroyed with the error, so its reader sees it.
  pipeline(streams, () => undefined);
  return streams.at(-1) as unknown as AsyncIterable<T>;
}
