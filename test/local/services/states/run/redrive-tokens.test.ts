import { mock } from 'node:test';
import { expect } from 'chai';
import { RedriveTokens } from '../../../../../local/services/states/run/redrive-tokens';

describe('client tokens of redrives', () => {
  let tokens: RedriveTokens;
  const names = (count: number) => Array.from({ length: count }, (_, index) => `token ${index}`);

  beforeEach(() => {
    mock.timers.enable({ apis: ['Date'] });
    tokens = new RedriveTokens();
  });
  afterEach(() => mock.timers.reset());

  it('are known for 15 minutes from their first use', () => {
    tokens.add('a');
    mock.timers.tick(15 * 60_000);
    expect(tokens.has('a')).to.equal(true);
    mock.timers.tick(1);
    expect(tokens.has('a')).to.equal(false);
    tokens.add('a');
    expect(tokens.has('a')).to.equal(true);
  });

  it('are the last ten at most', () => {
    for (const name of names(11)) tokens.add(name);
    expect(names(11).map((name) => tokens.has(name))).to.deep.equal([false, ...Array(10).fill(true)]);
  });

  it('are none if a request has none', () => {
    tokens.add(undefined);
    expect(tokens.has(undefined)).to.equal(false);
  });
});
