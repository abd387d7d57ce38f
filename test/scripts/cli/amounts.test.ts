import { expect } from 'chai';
import { formatCounts, formatDollars, formatSeconds, formatSmallDollars } from '../../../scripts/cli/amounts';

describe('amounts for people', () => {
  for (const [seconds, text] of [
    [0, '0s'],
    [59.4, '59s'],
    [59.6, '1m 00s'],
    [372, '6m 12s'],
    [3599.7, '1h 00m'],
    [7380, '2h 03m'],
    [360_000, '100h 00m'],
  ] as const) {
    it(`${seconds} s is ${text}`, () => expect(formatSeconds(seconds)).to.equal(text));
  }

  for (const [dollars, text] of [
    [0, '$0.00'],
    [0.004, '< $0.01'],
    [0.42, '$0.42'],
    [1234.5, '$1,234.50'],
  ] as const) {
    it(`${dollars} USD are ${text}`, () => expect(formatDollars(dollars)).to.equal(text));
  }

  for (const [dollars, text] of [
    [0, '$0.00'],
    [0.01613, '$0.0161'],
    [0.00004, '< $0.0001'],
    [0.42, '$0.42'],
    [1234.5, '$1,234.50'],
  ] as const) {
    it(`${dollars} USD among small amounts are ${text}`, () =>
      expect(formatSmallDollars(dollars)).to.equal(text));
  }

  it('have counts with the most frequent first', () => {
    expect(formatCounts({ a: 1, b: 3 })).to.equal('b 3, a 1');
    expect(formatCounts({})).to.equal('');
  });
});
