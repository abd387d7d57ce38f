import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { defineProcessor } from '../../runtime/processor';

/** Bytes of output of one step. Between two steps the compressor waits for the process, and zlib by itself gives out 16 KiB in each. */
const CHUNK_BYTES = 256 * 1024;

export default defineProcessor({
  description: 'Compresses each object.',
  process({ body }) {
    // The pipeline destroys the compressor if reading fails, and with it the upload that reads from it.
    return {
      body: pipeline(body, createGzip({ chunkSize: CHUNK_BYTES }), () => {}),
      contentType: 'application/gzip',
    };
  },
});
