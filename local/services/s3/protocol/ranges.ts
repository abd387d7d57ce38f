/**
 * Ranges of bytes. Our own code: range-parser 1 refuses a suffix that is longer than the object, which S3 answers, and version 2 needs a
 * newer Node.js than this project.
 */
import { s3Error } from './errors';

/**
 * First and last byte of the one range that a Range header asks for; none if it is not of that form, which S3 answers
 * with the whole object. Throws InvalidRange.
 */
export function parseRange(header: string | undefined, size: number): [number, number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first + last === '' || (first && last && Number(last) < Number(first))) return undefined;
  const start = first ? Number(first) : Math.max(size - Number(last), 0);
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1;
  if (start <= end) return [start, end];
  throw s3Error('InvalidRange', { RangeRequested: header, ActualObjectSize: size });
}

/** First and last byte of a source. The source must have both. Throws InvalidArgument. */
export function parseSourceRange(header: string, size: number): [number, number] {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const [start, end] = [Number(first), Number(last)];
  if (start <= end && end < size) return [start, end];
  const Message = `The x-amz-copy-source-range value must be of the form bytes=first-last, within the ${size} bytes of the source`;
  const ArgumentName = 'x-amz-copy-source-range';
  throw s3Error('InvalidArgument', { Message, ArgumentName, ArgumentValue: header });
}
