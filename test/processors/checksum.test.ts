import { createHash } from 'node:crypto';
import { expect } from 'chai';
import checksum from '../../processors/checksum';
import { objectOf, process } from './support/process';

describe('checksum', () => {
  it('writes a record that describes the object', async () => {
    const output = await process(checksum, objectOf());
    const sha256 = createHash('sha256').update('hello').digest('hex');
    expect(JSON.parse(String(output.body))).to.deep.equal({
      key: 'data/a.txt',
      size: 5,
      content_type: 'text/plain',
      etag: 'e1',
      sha256,
    });
    expect(output.body).to.match(/\}\n$/);
    expect(output).to.include({ contentType: 'application/json', preview: `sha256 ${sha256}` });
  });
});
