import { expect } from 'chai';
import { KeySet } from '../../../runtime/selector/key-set';

const keys = Array.from({ length: 50_000 }, (_, index) => `data/${index}`);

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
});
