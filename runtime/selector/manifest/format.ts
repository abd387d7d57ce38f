/** Which of the formats a manifest has: by its content, and its name if that says more. */
import { invalidManifest } from '../selection-error';
import { isHeader } from './csv';
import { quote } from './reference';

export const MANIFEST_FORMATS = ['jsonl', 'csv', 'keys', 'inventory'] as const;

/**
 * - `jsonl`: JSON Lines, `{"Key": "…"}`
 * - `csv`: comma-, semicolon- or tab-separated values
 * - `keys`: a key, or a URL `s3://bucket/key`, a line
 * - `inventory`: the manifest.json of S3 Inventory
 */
export type ManifestFormat = (typeof MANIFEST_FORMATS)[number];

/** `start`: the first bytes, without a byte order mark. Throws a SelectionError on what none of the formats starts with. */
export function detectFormat(start: Buffer, key: string): ManifestFormat {
  const text = start.toString('latin1').trimStart();
  const [line = ''] = text.split(/\r?\n/, 1);
  if (text.startsWith('{')) return isWholeObject(line) ? 'jsonl' : 'inventory';
  if (/^\[\s*($|[{"\]])/.test(line)) {
    throw invalidManifest(`${key} is a JSON array: make it JSON Lines, with jq -c '.[]'`);
  }
  if (/\.(csv|tsv)(\.gz)?$/i.test(key) || isHeader(line)) return 'csv';
  if (text.startsWith('PAR1') || text.startsWith('ORC')) {
    throw invalidManifest(
      `${key} is ${text.startsWith('ORC') ? 'ORC' : 'Parquet'}: write it as CSV or JSON Lines`,
    );
  }
  if (line.includes('\0')) throw invalidManifest(`${key} starts with ${quote(line)}: it is not a text`);
  return 'keys';
}

/** Length of the byte order mark. Throws a SelectionError on one of another encoding than UTF-8. */
export function byteOrderMark(start: Buffer, key: string): number {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 3;
  if ((start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff)) {
    throw invalidManifest(`${key} is UTF-16: save it as UTF-8`);
  }
  return 0;
}

function isWholeObject(line: string): boolean {
  try {
    const value = JSON.parse(line);
    return !('fileSchema' in value && 'files' in value);
  } catch {
    return false;
  }
}
