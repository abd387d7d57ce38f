/**
 * How an output is cut into parts.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */

const MIB = 2 ** 20;
/** S3 takes parts of at least 5 MiB, except for the last one. */
export const MIN_PART_BYTES = 5 * MIB;
/** S3 takes at most 10,000 parts of one object. */
export const MAX_PARTS = 10_000;

/** An output may be this many times as large as its source. */
const MAX_GROWTH = 4;

/**
 * Bytes of one part of an output that is streamed, so that nobody knows its size. 5 MiB are enough for 48 GiB; larger sources
 * get larger parts, since their outputs are likely to be large.
 */
export function partSize(sourceBytes: number): number {
  return Math.max(MIN_PART_BYTES, Math.ceil((sourceBytes * MAX_GROWTH) / MAX_PARTS));
}
