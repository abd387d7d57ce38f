import { posix } from 'node:path';
import mime from 'mime';

/** What S3 says of an object that was put without a Content-Type. */
export const UNKNOWN_TYPE = 'binary/octet-stream';

/** Types that the registry of media types lacks. */
const UNREGISTERED: Record<string, string> = {
  '.jsonl': 'application/jsonl',
  '.ndjson': 'application/jsonl',
};

/**
 * Content type of a file that nobody gave one, by its extension, as the AWS CLI guesses when it uploads a file. `mime` has the registered
 * types, and no dependencies.
 */
export function contentTypeOf(key: string): string {
  const extension = posix.extname(key).toLowerCase();
  return UNREGISTERED[extension] ?? mime.getType(extension) ?? UNKNOWN_TYPE;
}
