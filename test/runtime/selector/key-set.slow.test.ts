/** A set of keys that is full. */
import { expect } from 'chai';
import { KeySet, MAX_KEYS } from '../../../runtime/selector/key-set';

describe('a set of keys', () => {
  it('takes at most 5,000,000 keys, and still knows those', async () => {
    const set = new KeySet();
    // Hashes, since it takes longer to hash that many keys than to keep them.
    const chunk = Buffer.alloc(16 * 100_000);
    async function* hashes() {
      for (let start = 0; start < MAX_KEYS - 1; start += 100_000) {
        for (let index = 0; index < 100_000; index++) {
          chunk.writeUInt32LE(Math.imul(start + index, 2_654_435_761) >>> 0, 16 * index);
          chunk.writeUInt32LE(start + index + 1, 16 * index + 4);
        }
        yield chunk.subarray(0, 16 * Math.min(100_000, MAX_KEYS - 1 - start));
      }
    }
    await set.load(hashes());
    expect([set.size, set.isFull]).to.deep.equal([MAX_KEYS - 1, false]);
    expect([set.add('one'), set.isFull]).to.deep.equal([true, true]);
    expect([set.add('other'), set.add('other'), set.add('one')]).to.deep.equal([true, true, false]);
    expect(set.size).to.equal(MAX_KEYS);
    let bytes = 0;
    for (const part of set.dump()) bytes += part.length;
    expect(bytes).to.equal(16 * MAX_KEYS);
  });
});
