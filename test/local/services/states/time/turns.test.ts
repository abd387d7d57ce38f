import { expect } from 'chai';
import { giveWay } from '../../../../../local/services/states/time/turns';

describe('turns of the event loop', () => {
  it('are given one by one to work that yields at once, so that requests are answered between them', async () => {
    let turns = 0;
    let counting = true;
    const count = () => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    for (let step = 0; step < 10; step += 1) {
      let turn = giveWay(0);
      while (!turn) turn = giveWay(0);
      await turn;
    }
    counting = false;
    expect(turns).to.be.at.least(9);
  });
});
