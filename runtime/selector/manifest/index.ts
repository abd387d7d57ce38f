/** A manifest in the bucket: the objects that it names, page by page, from any place on. */
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Candidate, Page } from '../candidate';
import { invalidManifest } from '../selection-error';
import { openContent } from './content';
import { type CsvLayout, layoutOf, parseRecord } from './csv';
import { byteOrderMark, detectFormat, type ManifestFormat } from './format';
import { inventoryCandidate, isInventory, readInventory } from './inventory';
import { parseJsonLine } from './json-lines';
import { type Line, type LinePosition, readLines } from './lines';
import { checkedKey, parseReference } from './reference';

export interface ManifestSource {
  bucket: string;
  key: string;
  /** Default: what the content and the name say. */
  format?: ManifestFormat;
  /** Of CSV: the header of the keys' column or, if there are no headers, its position from 1. Default: a header that says key. */
  column?: string | number;
  /** The bucket of the objects. */
  objectsBucket: string;
}

type OpenPosition = LinePosition & { etag: string; isGzipped: boolean };

/** JSON. */
export interface ManifestPosition {
  format: Exclude<ManifestFormat, 'inventory'>;
  layout?: CsvLayout;
  /** Files that are left: the manifest itself, or what an inventory names. */
  files: string[];
  isInventory: boolean;
  /** In the first of the files; undefined if it was not opened yet. */
  place?: OpenPosition;
}

/** To tell the formats apart. */
const START_BYTES = 65_536;
const MAX_INVENTORY_BYTES = 16 * 2 ** 20;

/** Throws a SelectionError that names the line if it cannot be read. */
export async function* readManifest(
  s3: S3Client,
  source: ManifestSource,
  from?: ManifestPosition,
): AsyncGenerator<Page<ManifestPosition>> {
  let position = from ?? (await openManifest(s3, source));
  while (position.files.length > 0) {
    for await (const page of readFile(s3, source, position)) {
      position = page.next;
      yield page;
    }
    position = { ...position, files: position.files.slice(1), place: undefined };
    yield { candidates: [], next: position };
  }
}

async function openManifest(s3: S3Client, source: ManifestSource): Promise<ManifestPosition> {
  const { bucket, key } = source;
  const { etag, isGzipped, chunks } = await openContent(s3, bucket, key);
  const start = await readStart(chunks, START_BYTES);
  const offset = byteOrderMark(start, key);
  const format = source.format ?? detectFormat(start.subarray(offset), key);
  if (format === 'inventory') return openInventory(s3, source, offset);
  const place = { offset, line: 0, etag, isGzipped };
  const position = { files: [key], isInventory: false, place };
  return format === 'csv'
    ? { ...position, ...(await openCsv(source, start, place)) }
    : { ...position, format };
}

async function openInventory(
  s3: S3Client,
  source: ManifestSource,
  offset: number,
): Promise<ManifestPosition> {
  const { chunks } = await openContent(s3, source.bucket, source.key);
  const bytes = await readStart(chunks, MAX_INVENTORY_BYTES);
  const document = parseDocument(bytes.subarray(offset).toString());
  if (!isInventory(document)) {
    throw invalidManifest(
      `${source.key} is neither JSON Lines nor the manifest.json of S3 Inventory: write one {"Key": "…"} a line`,
    );
  }
  const { layout, files } = readInventory(document, source.bucket, source.objectsBucket);
  return { format: 'csv', layout, files, isInventory: true };
}

/** The layout, from the first record; and the place after a header. */
async function openCsv(source: ManifestSource, start: Buffer, place: OpenPosition) {
  const bytes = start.subarray(place.offset);
  for await (const { lines } of readLines(Readable.from([bytes]), place, { quoted: true })) {
    const [first] = lines;
    if (!first) continue;
    const { layout, hasHeader } = layoutOf(first.text, source.column);
    return { format: 'csv' as const, layout, place: hasHeader ? { ...place, ...first.next } : place };
  }
  return { format: 'csv' as const, place };
}

/** Reads only the first bytes, about this many. */
async function readStart(chunks: AsyncIterable<Buffer>, bytes: number): Promise<Buffer> {
  const start: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    start.push(chunk);
    length += chunk.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(start);
}

function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* readFile(
  s3: S3Client,
  source: ManifestSource,
  position: ManifestPosition,
): AsyncGenerator<Page<ManifestPosition>> {
  const [key = ''] = position.files;
  const content = await openContent(s3, source.bucket, key, position.place);
  const { etag, isGzipped } = content;
  const place = position.place ?? { offset: 0, line: 0 };
  const read = candidateReader(source, position, key);
  for await (const { lines, next } of readLines(content.chunks, place, {
    quoted: position.format === 'csv',
  })) {
    const candidates: Candidate[] = [];
    let passedOver = 0;
    for (const line of lines) {
      const candidate = read(line);
      if (candidate) candidates.push(candidate);
      else passedOver++;
    }
    yield { candidates, passedOver, next: { ...position, place: { ...next, etag, isGzipped } } };
  }
}

/** Reads the candidate of a line; undefined if it has none that can be processed. */
function candidateReader(
  { objectsBucket }: ManifestSource,
  { format, layout, isInventory }: ManifestPosition,
  file: string,
): (line: Line) => Candidate | undefined {
  if (layout) {
    const { delimiter, key, bucket, versionId } = layout;
    return ({ text, number }) => {
      const where = isInventory ? `Line ${number} of ${file}` : `Line ${number}`;
      const fields = parseRecord(text, delimiter, where);
      if (isInventory) return inventoryCandidate(fields, layout, objectsBucket, where);
      const reference = parseReference(fields[key] ?? '', where);
      const own = (index: number | undefined) => (index === undefined ? undefined : fields[index]);
      const named = {
        key: reference.key,
        bucket: reference.bucket ?? own(bucket),
        versionId: reference.versionId ?? own(versionId),
      };
      return { key: checkedKey(named, objectsBucket, where) };
    };
  }
  const parse = format === 'jsonl' ? parseJsonLine : parseReference;
  return ({ text, number }) => {
    const where = `Line ${number}`;
    return { key: checkedKey(parse(text, where), objectsBucket, where) };
  };
}
