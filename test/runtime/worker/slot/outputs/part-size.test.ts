import { expect } from 'chai';
import { MAX_PARTS, MIN_PART_BYTES, partSize } from '../../../../../runtime/worker/slot/outputs/part-size';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe('the parts of an output', () => {
  it('are of 5 MiB for small sources', () => {
    expect([0, 1, 12 * GIB].map(partSize)).to.deep.equal([5 * MIB, 5 * MIB, 5 * MIB]);
    expect(MIN_PART_BYTES).to.equal(5 * MIB);
  });

  it('are enough for an output of 48 GiB, even from a tiny source', () => {
    expect(MAX_PARTS).to.equal(10_000);
    expect(partSize(1) * 10_000).to.be.at.least(48 * GIB);
  });

  for (const gigabytes of [13, 48, 49, 100, 1024, 5 * 1024]) {
    it(`are enough for an output four times as large as a source of ${gigabytes} GiB, and within S3's limits`, () => {
      const size = partSize(gigabytes * GIB);
      expect(Number.isInteger(size)).to.equal(true);
      expect(size).to.be.within(5 * MIB, 5 * GIB);
      expect(Math.ceil((4 * gigabytes * GIB) / size)).to.be.within(9_000, 10_000);
    });
  }
});
