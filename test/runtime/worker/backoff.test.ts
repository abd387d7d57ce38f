import { mock } from 'node:test';
import { expect } from 'chai';
import { backOff, maxBackOff } from '../../../runtime/worker/backoff';

describe('backing off', () => {
  it('waits up to half a second, doubled with every attempt, 20 s at most', () => {
    expect([0, 1, 2, 5, 6, 10, 2000].map(maxBackOff)).to.deep.equal([
      500, 1000, 2000, 16_000, 20_000, 20_000, 20_000,
    ]);
  });

  it('waits a random part of that', async () => {
    const random = mock.method(Math, 'random', () => 0.1);
    mock.timers.enable({ apis: ['setTimeout'] });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    try {
      let isOver = false;
      void backOff(0, new AbortController().signal).then(() => {
        isOver = true;
      });
      mock.timers.tick(49);
      await turn();
      expect(isOver).to.equal(false);
      mock.timers.tick(1);
      await turn();
      expect(isOver).to.equal(true);
    } finally {
      mock.timers.reset();
      random.mock.restore();
    }
  });

  it('ends when aborted', async () => {
    const error = await backOff(20, AbortSignal.abort()).catch(({ name }) => name);
    expect(error).to.equal('AbortError');
  });
});
