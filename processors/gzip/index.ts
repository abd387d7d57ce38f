import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { defineProcessor } from '../../runtime/processor';

/** Bytes of output of one step. Steps wait for one another, and the 16 KiB that zlib has by itself take four times as many. */
const CHUNK_BYTES = 64 * 1024;

export default defineProcessor({
  description: 'Compresses each object.',
  process({ body }) {
    // The pipeline destroys the compressor where reading fails, and with it the upload that reads from it.
    return {
      body: pipeline(body, createGzip({ chunkSize: CHUNK_BYTES }), () => {}),
      contentType: 'application/gzip',
    };
  },
});
