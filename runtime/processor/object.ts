/** The object that a processor gets. */
import type { Readable } from 'node:stream';

export interface SourceObject {
  bucket: string;
  key: string;
  /** Without quotes. Identifies the version of the object that `body` is. */
  etag: string;
  /** Bytes, as stored. */
  size: number;
  /** As stored in S3; `application/octet-stream` if none is. */
  contentType: string;
  /** As stored in S3: `gzip` for a compressed object; undefined if none is. */
  contentEncoding?: string;
  lastModified: Date;
  /** The object's user metadata. */
  metadata: Record<string, string>;
  /** 1 for the first attempt at the task that the object belongs to. */
  attempt: number;
  /**
   * The content as stored, as a stream: read it piece by piece, so that objects of any size pass through in little memory. It and
   * the readers below share one content, which can be read once.
   */
  body: Readable;
  /** The whole content as text (UTF-8). This and the other readers decompress a content whose `contentEncoding` is `gzip`. */
  text(): Promise<string>;
  /** The content line by line, without line ends (`\n` or `\r\n`): for texts of any size. */
  lines(): AsyncIterable<string>;
  /** The whole content, parsed. A content that is not JSON is a PermanentError. */
  json(): Promise<unknown>;
  /** The whole content. */
  bytes(): Promise<Buffer>;
}
