/** The share of the keys that a sample takes. */
import { expect } from 'chai';
import { shareFor } from '../../../scripts/plan/measure';

describe('the share of a sample', () => {
  it('has enough objects, for any hash of their keys', () => {
    for (const objects of [1, 20, 1000, 1_000_000])
      for (const count of [1, 2, 20, 1000]) {
        const share = shareFor(count, objects);
        expect(share).to.be.within(0, 1);
        if (share === 1) continue;
        // The number of chosen objects has at most the variance of a Poisson distribution.
        const expected = share * objects;
        expect(expected - 4 * Math.sqrt(expected), `${count} of ${objects}`).to.be.above(count - 1);
      }
  });
});
