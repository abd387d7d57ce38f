/** Comma-separated values: records, and which of their columns says what. csv-parse reads what is quoted. */
import { parse } from 'csv-parse/sync';
import { invalidManifest } from '../selection-error';
import { quote } from './reference';

/** JSON: it is carried from call to call. */
export interface CsvLayout {
  delimiter: string;
  /** Indexes of the columns. */
  key: number;
  bucket?: number;
  versionId?: number;
  isLatest?: number;
  isDeleteMarker?: number;
  size?: number;
  modified?: number;
  storageClass?: number;
}

const DELIMITERS = [',', ';', '\t'];
/** Names of a column of keys in what is written about S3 (inventories, listings, access logs, this system's results). */
const KEY_NAMES = ['key', 'object_key', 's3_key', 'object', 'path', 's3_path', 'uri', 's3_uri', 'url'];
const BUCKET_NAMES = ['bucket', 'bucket_name', 's3_bucket'];
const VERSION_NAMES = ['versionid', 'version_id'];

/** The fields of one record. Throws a SelectionError. */
export function parseRecord(text: string, delimiter: string, where: string): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  try {
    return (parse(text, { delimiter, relax_column_count: true }) as string[][])[0] ?? [];
  } catch {
    throw invalidManifest(
      `${where} is ${quote(text)}: put a field that has quotes in it between quotes, and double those`,
    );
  }
}

/** A header that names a column of keys. */
export function isHeader(text: string): boolean {
  const fields = text.split(delimiterOf(text)).map((field) => normalize(field.replaceAll('"', '')));
  return fields.length > 1 && fields.some((field) => KEY_NAMES.includes(field));
}

/**
 * `first`: the manifest's first record. `column`: a header's name, or a position from 1, which says that there is no header; by
 * default a header is looked for. Throws a SelectionError.
 */
export function layoutOf(
  first: string,
  column: string | number | undefined,
): { layout: CsvLayout; hasHeader: boolean } {
  const delimiter = delimiterOf(first);
  const fields = parseRecord(first, delimiter, 'The first line');
  if (typeof column === 'number') {
    if (column <= fields.length) return { layout: { delimiter, key: column - 1 }, hasHeader: false };
    throw invalidManifest(`column is ${column}, and the first line has ${fields.length} columns`);
  }
  const names = fields.map(normalize);
  const find = (wanted: string[]) => wanted.map((name) => names.indexOf(name)).find((index) => index >= 0);
  const key = find(column === undefined ? KEY_NAMES : [normalize(column)]);
  if (key !== undefined) {
    return {
      layout: { delimiter, key, bucket: find(BUCKET_NAMES), versionId: find(VERSION_NAMES) },
      hasHeader: true,
    };
  }
  if (column === undefined && fields.length === 1) return { layout: { delimiter, key: 0 }, hasHeader: false };
  const problem = column === undefined ? 'No column is named key' : `No column is named ${quote(column)}`;
  throw invalidManifest(
    `${problem}, and the first line is ${quote(first)}: give column, the header of the keys' column or, without headers, its position from 1`,
  );
}

function normalize(name: string): string {
  return name.trim().toLowerCase().replaceAll(/[ -]/g, '_');
}

/** The one that the line has the most of; a comma if it has none. */
function delimiterOf(line: string): string {
  const counts = DELIMITERS.map((delimiter) => line.replaceAll(/"[^"]*"/g, '').split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}
