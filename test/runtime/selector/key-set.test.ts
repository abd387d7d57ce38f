import { expect } from 'chai';
import { KeySet, MAX_KEYS } from '../../../runtime/selector/key-set';

const keys = Array.from({ length: 120_000 }, (_, index) => `data/${index}`);

describe('a set of keys', () => {
  it('tells a key that it has from one that it has not, before it grows and after', () => {
    const set = new KeySet();
    expect(keys.filter((key) => !set.add(key))).to.deep.equal([]);
    expect(keys.filter((key) => set.add(key))).to.deep.equal([]);
    expect(set.size).to.equal(keys.length);
    expect(set.add('data/')).to.equal(true);
    expect(set.isFull).to.equal(false);
    set.clear();
    expect(set.size).to.equal(0);
    expect(keys.filter((key) => !set.add(key))).to.deep.equal([]);
  });

  it('is carried to another call as 16 bytes a key, cut anywhere', async () => {
    const set = new KeySet();
    for (const key of keys) set.add(key);
    const dumped = Buffer.concat([...set.dump()]);
    expect(dumped.length).to.equal(16 * keys.length);
    async function* chunks() {
      for (let at = 0; at < dumped.length; at += 65_521) yield dumped.subarray(at, at + 65_521);
    }
    const carried = new KeySet();
    await carried.load(chunks());
    expect(carried.size).to.equal(keys.length);
    expect(keys.filter((key) => carried.add(key))).to.deep.equal([]);
    expect(carried.add('another')).to.equal(true);
  });

  it('takes no more than 5,000,000 keys, and still knows those', async () => {
    const set = new KeySet();
    // Hashes, since it takes longer to hash so many keys than to keep them.
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
