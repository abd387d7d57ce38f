import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mayRead } from './conditions';
import { readContent } from './content';
import { notImplemented, s3Error } from './errors';
import { checksumHeaders, objectHeaders } from './headers';
import { type Exchange, missing } from './operation';

interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/**
 * The one range that a Range header asks for; none where it is not of that form, which S3 answers with the whole object.
 * Throws InvalidRange.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start <= end) return { start, end };
  const members = { RangeRequested: header, ActualObjectSize: size };
  throw s3Error('InvalidRange', 'The requested range is not satisfiable', members);
}

/** GetObject, and HeadObject, which is the same without the content. */
export async function getObject(exchange: Exchange): Promise<void> {
  const { folder, bucket, key, headers, query, response } = exchange;
  if (query.has('partNumber')) throw notImplemented('reading one part of an object (partNumber)');
  const opened = await folder.open(key);
  if (!opened) throw missing(exchange, bucket, key);
  const { object, content } = opened;
  try {
    const described = objectHeaders(object);
    if (!mayRead(headers, object)) {
      const { etag, 'last-modified': lastModified } = described;
      response.writeHead(304, { etag, 'last-modified': lastModified }).end();
      return;
    }
    const range = parseRange(headers.range, object.size);
    const { start, end } = range ?? { start: 0, end: object.size - 1 };
    if (range) described['content-range'] = `bytes ${start}-${end}/${object.size}`;
    else if (headers['x-amz-checksum-mode'] === 'ENABLED') Object.assign(described, checksumHeaders(object));
    for (const [name, value] of query) {
      const overridden = /^response-(.+)$/.exec(name)?.[1];
      if (overridden) described[overridden] = value;
    }
    response.writeHead(range ? 206 : 200, { ...described, 'content-length': end - start + 1 });
    if (exchange.operation === 'HeadObject') response.end();
    else await pipeline(Readable.from(readContent(content, object.file, start, end)), response);
  } finally {
    await content.close();
  }
}
