/** What the listings of objects and of uploads have in common: parameters and elements. */
import * as z from 'zod';
import { oneOf } from '../parameters';

export const listingQuery = {
  prefix: z.string().default(''),
  delimiter: z.string().default(''),
  'encoding-type': oneOf('url').optional(),
};

export interface ListingQuery {
  prefix: string;
  delimiter: string;
  'encoding-type'?: 'url';
}

/**
 * How a listing writes keys. `url` is the encoding of forms, with `/` as it is: `+` for a space, `%7E` for `~`, `%28` for `(`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html has an example.
 */
export function encoderOf({ 'encoding-type': type }: ListingQuery): (text: string) => string {
  if (type === undefined) return (text) => text;
  return (text) => new URLSearchParams([['', text]]).toString().slice(1).replaceAll('%2F', '/');
}

export function listingElements(query: ListingQuery, prefixes: string[]) {
  const encode = encoderOf(query);
  return {
    Prefix: encode(query.prefix),
    Delimiter: encode(query.delimiter) || undefined,
    EncodingType: query['encoding-type'],
    CommonPrefixes: prefixes.map((each) => ({ Prefix: encode(each) })),
  };
}
