import { expect } from 'chai';
import { readSettings } from '../../../runtime/selector/settings';

describe("the selector's settings", () => {
  it('are its environment', () => {
    const all = { BUCKET: 'b', BUCKET_ACCESSES: '{"o":{}}', PROCESSOR_ENVIRONMENT_HASH: '0a' };
    expect(readSettings({ ...all, OTHER: 'x' })).to.deep.equal(all);
    expect(readSettings({ BUCKET: 'b' })).to.deep.equal({
      BUCKET: 'b',
      BUCKET_ACCESSES: '{}',
      PROCESSOR_ENVIRONMENT_HASH: '',
    });
  });

  it('are refused by name if the bucket is missing', () => {
    for (const BUCKET of [undefined, '']) expect(() => readSettings({ BUCKET })).to.throw('BUCKET');
  });
});
