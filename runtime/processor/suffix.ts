/** What an output's key may end with. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */

const MAX_SUFFIX_BYTES = 512;
/** The index of dynamic outputs ends so. */
export const INDEX_SUFFIX = '.outputs.json';

/** Why a suffix is refused; undefined if it is fine. */
export function suffixProblem(suffix: unknown): string | undefined {
  if (typeof suffix !== 'string') return 'is not a string';
  if (Buffer.byteLength(suffix) > MAX_SUFFIX_BYTES) return `is longer than ${MAX_SUFFIX_BYTES} bytes`;
  // JSON can hold half a surrogate pair, UTF-8 cannot.
  if (Buffer.from(suffix).toString() !== suffix) return 'is not Unicode';
  if (/\p{Cc}/u.test(suffix)) return 'has a control character';
  if (/(^|\/)\.{1,2}(\/|$)/.test(suffix)) return 'has a path segment of dots only, which clients resolve';
  if (suffix.endsWith(INDEX_SUFFIX))
    return `ends with ${INDEX_SUFFIX}, as only the index of dynamic outputs may`;
  return undefined;
}
