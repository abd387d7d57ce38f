import { expect } from 'chai';
import { backOff, maxBackOff } from '../../../runtime/worker/backoff';

describe('backing off', () => {
  it('waits up to half a second, doubled with every attempt, 20 s at most', () => {
    expect([0, 1, 2, 5, 6, 10, 2000].map(maxBackOff)).to.deep.equal([
      500, 1000, 2000, 16_000, 20_000, 20_000, 20_000,
    ]);
  });

  it('waits a random part of that', async () => {
    const { random } = Math;
    Math.random = () => 0.1;
    const start = performance.now();
    try {
      await backOff(0, new AbortController().signal);
    } finally {
      Math.random = random;
    }
    expect(performance.now() - start).to.be.within(49, 450);
  });

  it('ends when aborted', async () => {
    const error = await backOff(20, AbortSignal.abort()).catch(({ name }) => name);
    expect(error).to.equal('AbortError');
  });
});
