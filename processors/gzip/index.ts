import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { defineProcessor } from '../../runtime/processor';

export default defineProcessor({
  description: 'Compresses each object.',
  process({ body }) {
    // The pipeline destroys the compressor where reading fails, and with it the upload that reads from it.
    return { body: pipeline(body, createGzip(), () => {}), contentType: 'application/gzip' };
  },
});
