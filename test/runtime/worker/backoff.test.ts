import { mock } from 'node:test';
import timers from 'node:timers/promises';
import { expect } from 'chai';
import { backOff, maxBackOff } from '../../../runtime/worker/backoff';

describe('backing off', () => {
  afterEach(() => mock.reset());

  it('waits up to half a second, doubled with every attempt, 20 s at most', () => {
    expect([0, 1, 2, 5, 6, 10, 2000].map(maxBackOff)).to.deep.equal([
      500, 1000, 2000, 16_000, 20_000, 20_000, 20_000,
    ]);
  });

  it('waits a random part of that time', async () => {
    const waits: unknown[] = [];
    mock.method(timers, 'setTimeout', async (milliseconds: number) => waits.push(milliseconds));
    for (const part of [0, 0.1, 0.5]) {
      mock.method(Math, 'random', () => part);
      await backOff(1, new AbortController().signal);
    }
    expect(waits).to.deep.equal([0, 100, 500]);
  });

  it('ends when aborted', async () => {
    const error = await backOff(20, AbortSignal.abort()).catch(({ name }) => name);
    expect(error).to.equal('AbortError');
  });
});
