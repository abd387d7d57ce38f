import { expect } from 'chai';
import { Turns } from '../../../runtime/worker/turns';

describe('turns', () => {
  it('lets so many in at a time, in order, and goes on after one that fails', async () => {
    const turns = new Turns(2);
    const ends: (() => void)[] = [];
    const entered: number[] = [];
    const enter = (index: number) =>
      turns.take(async () => {
        entered.push(index);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (index === 0) throw new Error('failed');
      });
    const results = [0, 1, 2, 3].map((index) => enter(index).catch(() => 'failed'));
    expect(entered).to.deep.equal([0, 1]);
    ends[0]?.();
    expect(await results[0]).to.equal('failed');
    await Promise.resolve();
    expect(entered).to.deep.equal([0, 1, 2]);
    ends[1]?.();
    await results[1];
    await Promise.resolve();
    expect(entered).to.deep.equal([0, 1, 2, 3]);
    for (const end of ends) end();
    await Promise.all(results);
  });
});
