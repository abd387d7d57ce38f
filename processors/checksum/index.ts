import { createHash } from 'node:crypto';
import { defineProcessor } from '../../runtime/processor';

export default defineProcessor({
  description: 'Writes a JSON record of each object: its size, type, ETag and SHA-256.',
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
});
