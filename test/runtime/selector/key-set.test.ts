import { Readable } from 'node:stream';
import { expect } from 'chai';
import { KeySet } from '../../../runtime/selector/key-set';

const keys = Array.from({ length: 50_000 }, (_, index) => `data/${index}`);
/** A share of the keys, for checks that hash each of them again. */
const some = keys.filter((_, index) => index % 50 === 0);

describe('a set of keys', () => {
  it('distinguishes a key that it has from one that it does not have', () => {
    const set = new KeySet();
    expect(keys.filter((key) => !set.add(key))).to.deep.equal([]);
    expect(keys.filter((key) => set.add(key))).to.deep.equal([]);
    expect(set.size).to.equal(keys.length);
    expect(set.add('data/')).to.equal(true);
    expect(set.isFull).to.equal(false);
    set.clear();
    expect(set.size).to.equal(0);
    expect(some.filter((key) => !set.add(key))).to.deep.equal([]);
  });

  it('is passed to another call as 16 bytes a key, cut anywhere', async () => {
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
    expect(some.filter((key) => carried.add(key))).to.deep.equal([]);
    expect(carried.add('another')).to.equal(true);
  });

  it('grows, and keeps all its keys, before its table is full', async () => {
    /** More keys than its first table has places, spread over all places. */
    const COUNT = 100_000;
    const words = new Uint32Array(4 * COUNT).map((_, index) => Math.imul(index + 1, 2_654_435_761));
    const hashes = Buffer.from(words.buffer);
    const set = new KeySet();
    for (const _ of ['first', 'again']) {
      await set.load(Readable.from([hashes]));
      expect(set.size).to.equal(COUNT);
    }
    expect(Buffer.concat([...set.dump()])).to.have.length(hashes.length);
    expect([set.add('another'), set.add('another')]).to.deep.equal([true, false]);
  });

  it('distinguishes hashes that differ in one word, are zero except one word, or have the same place', async () => {
    /** The table has 60,000 places at first: the last one is followed by the first. */
    const LAST = 59_999;
    const words = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [LAST, 1, 1, 1],
      [LAST, 2, 1, 1],
      [LAST, 1, 2, 1],
      [LAST, 1, 1, 2],
      [2 * LAST + 1, 1, 1, 1],
    ];
    const hashes = words.map((each) => Buffer.from(Uint32Array.from(each).buffer));
    const set = new KeySet();
    async function* all() {
      yield* hashes;
    }
    for (const _ of ['first', 'again']) {
      await set.load(all());
      expect(set.size).to.equal(hashes.length);
    }
    const dumped =
      Buffer.concat([...set.dump()])
        .toString('hex')
        .match(/.{32}/g) ?? [];
    expect(dumped).to.have.members(hashes.map((hash) => hash.toString('hex')));
    set.clear();
    expect(Buffer.concat([...set.dump()])).to.have.length(0);
  });
});
