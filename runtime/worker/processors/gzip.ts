import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Processor } from './processor';

/** The object, compressed. */
export const gzip: Processor = {
  version: '1',
  async process({ body }) {
    // The pipeline destroys the compressor where reading fails, and with it the upload that reads from it.
    const compressed = pipeline(body, createGzip(), () => {});
    return { body: compressed, contentType: 'application/gzip' };
  },
};
