import { expect } from 'chai';
import { useSelections } from '../support/selections';

describe('a selection of many objects', () => {
  const { put, call, eventOf, listed, inCalls } = useSelections();
  /** Long keys, so that few of them fill a part of 8 MiB. */
  const MANY = Array.from({ length: 10_000 }, (_, index) => `${'k'.repeat(1_000)}-${index}`);
  /** Calls for all pages together. */
  const A_FEW = { pages: 30 };
  before(() => put('many.txt', [...MANY, ...MANY.slice(0, 50), 'last'].join('\n')));

  it('goes on call by call, and writes the same list as in one call', async () => {
    const whole = await call(eventOf({ manifest: { Key: 'many.txt' } }));
    expect(await listed(whole)).to.deep.equal([...MANY, 'last']);
    const event = eventOf({ manifest: { Key: 'many.txt' } });
    const status = await inCalls(event, A_FEW);
    expect(status.next_call).to.be.greaterThan(1);
    expect(status.keys).to.deep.equal([...MANY, 'last']);
    expect(status.counts).to.deep.include({ selected: 10_001, duplicates: 50 });
  });

  it('is the same if calls are repeated, since their answers were lost', async () => {
    const status = await inCalls(eventOf({ manifest: { Key: 'many.txt' }, select: { sample: 0.9 } }), {
      ...A_FEW,
      eachTwice: true,
    });
    expect(status.keys.length).to.equal(status.selected).and.greaterThan(8_500);
    expect(new Set(status.keys).size).to.equal(status.selected);
  });

  it('is not confused by an earlier execution with its name', async () => {
    const event = eventOf({ manifest: { Key: 'many.txt' }, select: { limit: 10 } });
    await inCalls({ ...event, select: {} }, A_FEW);
    const status = await inCalls({ ...event, started_at: '2027-01-01T00:00:00Z' });
    expect(status.keys).to.deep.equal(MANY.slice(0, 10));
  });
});
