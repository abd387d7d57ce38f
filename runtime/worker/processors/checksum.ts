import { createHash } from 'node:crypto';
import type { Processor } from './processor';

/** The default: a JSON record of what each object is. */
export const checksum: Processor = {
  version: '1',
  async process({ key, etag, contentType, body }) {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of body) {
      hash.update(chunk);
      size += chunk.length;
    }
    const record = { key, size, content_type: contentType, etag, sha256: hash.digest('hex') };
    return {
      body: `${JSON.stringify(record)}\n`,
      contentType: 'application/json',
      preview: `sha256 ${record.sha256}`,
    };
  },
};
