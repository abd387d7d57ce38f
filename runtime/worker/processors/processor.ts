/** The interface of a processor: your code, which processes every object. */
import type { Readable } from 'node:stream';

export interface SourceObject {
  bucket: string;
  key: string;
  /** Without quotes. Identifies the version of the object that `body` is. */
  etag: string;
  /** Bytes. */
  size: number;
  /** As stored in S3; `application/octet-stream` where none is. */
  contentType: string;
  lastModified: Date;
  /** The object's user metadata. */
  metadata: Record<string, string>;
  /** 1 for the first attempt at the task that the object belongs to. */
  attempt: number;
  /** The content, as a stream: read it piece by piece, so that objects of any size pass through in little memory. */
  body: Readable;
}

export interface ProcessedObject {
  /** The output's content. Return a stream for large outputs: it is uploaded in parts while you produce it. */
  body: string | Uint8Array | Readable;
  /** Default `application/octet-stream`. */
  contentType?: string;
  /** Default none. */
  contentEncoding?: string;
  /** A few words on the output for the results, cut at 256 characters. Default: the start of a string `body`. */
  preview?: string;
}

export interface Processor {
  /**
   * Written on every output. An object whose output carries this version and the object's present ETag is skipped, so
   * change the version when outputs would change.
   */
  version: string;
  /**
   * Turns one object into its output. Runs in a process of its own, one object at a time in each; it may block. A thrown
   * error is retried up to 3 times with backoff, a `PermanentError` is not. A call that has not settled at the object's
   * deadline ends with its process.
   */
  process(source: SourceObject, env: NodeJS.ProcessEnv): Promise<ProcessedObject>;
}

/** Throw it where no second try can succeed: the object fails at once. */
export class PermanentError extends Error {
  override name = 'PermanentError';
}
