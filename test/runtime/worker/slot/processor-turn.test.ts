import { expect } from 'chai';
import { ProcessorTurn } from '../../../../runtime/worker/slot/processor-turn';
import { isSettled } from '../../support/settled';

describe('the turns with the processor', () => {
  it('are one at a time, in the order in which they are asked for', async () => {
    const turn = new ProcessorTurn();
    expect(turn.isTaken).to.equal(false);
    const [first, second, third] = [turn.take(), turn.take(), turn.take()];
    const end = await first;
    expect(turn.isTaken).to.equal(true);
    expect([await isSettled(second), await isSettled(third)]).to.deep.equal([false, false]);
    end();
    end();
    const endSecond = await second;
    expect(await isSettled(third)).to.equal(false);
    endSecond();
    (await third)();
    (await turn.take())();
  });
});
