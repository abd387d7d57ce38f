import { expect } from 'chai';
import { Command } from 'commander';
import { sampleOption } from '../../../scripts/plan/sample-option';

const parse = (...texts: string[]) => {
  const command = new Command()
    .addOption(sampleOption())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command
    .parse(
      texts.flatMap((text) => ['--sample', text]),
      { from: 'user' },
    )
    .opts().sample;
};

describe('--sample of plan', () => {
  it('is a number of objects to measure on, a share of the keys to plan for, or one of each', () => {
    expect(parse('20')).to.deep.equal({ count: 20 });
    expect(parse('1%')).to.deep.equal({ share: 0.01 });
    expect(parse('0.5')).to.deep.equal({ share: 0.5 });
    expect(parse('20', '1%')).to.deep.equal({ count: 20, share: 0.01 });
  });

  for (const [texts, message] of [
    [['0'], /Give a number of objects, 1 to 1000, or a share/],
    [['1001'], /Give a number of objects, 1 to 1000, or a share/],
    [['20', '30'], /Give one number of objects/],
    [['1%', '2%'], /Give one share/],
    [['x'], /x/],
    [['200%'], /200%/],
  ] as const) {
    it(`refuses ${texts.join(' and ')}`, () => expect(() => parse(...texts)).to.throw(message));
  }
});
