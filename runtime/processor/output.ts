/** What a processor returns. */
import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Output {
  /** The output's content. Give a stream for a large one: it is uploaded in parts while you produce it. */
  body: string | Uint8Array | Readable | ReadableStream | AsyncIterable<string | Uint8Array>;
  /** The output's key is the output prefix + the object's key + this. Default: none. One that the processor declares. */
  suffix?: string;
  /** Default: `text/plain; charset=utf-8` for a text, else `application/octet-stream`. */
  contentType?: string;
  /** Such as `gzip`. Default: none. */
  contentEncoding?: string;
  /** Such as `max-age=3600`. Default: none. */
  cacheControl?: string;
  /** User metadata: ASCII, 1,700 bytes at most in all. Default: none. */
  metadata?: Record<string, string>;
  /** A few words on the output for the results, cut at 256 characters. Default: the start of a text `body`. */
  preview?: string;
  /** Anything worth having in the results, such as a size or a score: at most 1 KiB as JSON. Default: none. */
  record?: Json;
}
