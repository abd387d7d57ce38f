import { expect } from 'chai';
import { InvalidArgumentError } from 'commander';
import { dollars, duration } from '../../../scripts/cli/parsers';

describe('parsers of options', () => {
  for (const [text, seconds] of [
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['1h30m', 5400],
    ['1h0m5s', 3605],
  ] as const) {
    it(`${text} is ${seconds} s`, () => expect(duration(text)).to.equal(seconds));
  }
  for (const text of ['', '30', '0m', 'soon', '-5m', '30m1h', '1.5h', ' 30m']) {
    it(`"${text}" is not a time`, () =>
      expect(() => duration(text)).to.throw(InvalidArgumentError, 'Give a time, such as 30m, 2h or 1h30m.'));
  }

  for (const [text, amount] of [
    ['5USD', 5],
    ['5 usd', 5],
    ['$0.50', 0.5],
    ['12', 12],
  ] as const) {
    it(`${text} is ${amount} USD`, () => expect(dollars(text)).to.equal(amount));
  }
  for (const text of ['', '5EUR', '0', '-5', '5.', 'USD', '1e3', '€5']) {
    it(`"${text}" is not an amount in USD`, () =>
      expect(() => dollars(text)).to.throw(InvalidArgumentError, 'Give an amount in USD'));
  }
});
