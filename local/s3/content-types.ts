import { extname } from 'node:path';

/** What a person is likely to put into the folder; the AWS CLI guesses the same from the extension as it uploads. */
const EXTENSIONS: Record<string, string> = {
  'application/gzip': 'gz',
  'application/json': 'json',
  'application/jsonl': 'jsonl ndjson',
  'application/pdf': 'pdf',
  'application/vnd.apache.parquet': 'parquet',
  'application/x-tar': 'tar',
  'application/xml': 'xml',
  'application/yaml': 'yaml yml',
  'application/zip': 'zip',
  'image/gif': 'gif',
  'image/jpeg': 'jpg jpeg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/tiff': 'tif tiff',
  'image/webp': 'webp',
  'text/css': 'css',
  'text/csv': 'csv',
  'text/html': 'html htm',
  'text/javascript': 'js',
  'text/markdown': 'md',
  'text/plain': 'txt log',
  'text/tab-separated-values': 'tsv',
  'video/mp4': 'mp4',
};

const TYPES = new Map<string, string>(
  Object.entries(EXTENSIONS).flatMap(([type, names]) =>
    names.split(' ').map((name) => [`.${name}`, type] as const),
  ),
);

/** What S3 says of an object that was put without a Content-Type. */
export const UNKNOWN_TYPE = 'binary/octet-stream';

/** Content type of a file that nobody gave one. */
export function contentTypeOf(key: string): string {
  return TYPES.get(extname(key).toLowerCase()) ?? UNKNOWN_TYPE;
}
