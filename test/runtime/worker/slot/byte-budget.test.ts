import { expect } from 'chai';
import { ByteBudget } from '../../../../runtime/worker/slot/byte-budget';

describe('the budget of bytes in memory', () => {
  it('gives bytes as long as they fit, and takes them back once', () => {
    const budget = new ByteBudget(10);
    const six = budget.take(6);
    expect(budget.take(5)).to.equal(undefined);
    const four = budget.take(4);
    expect(budget.take(1)).to.equal(undefined);
    expect(budget.take(0)).to.be.a('function');
    six?.();
    six?.();
    expect(budget.take(7)).to.equal(undefined);
    expect(budget.take(6)).to.be.a('function');
    four?.();
    expect(budget.take(4)).to.be.a('function');
  });
});
