import { expect } from 'chai';
import fc from 'fast-check';
import { processingOrder } from '../../../../runtime/worker/tasks/order';

describe('the order of the objects of a task', () => {
  it('is that of the task at first', () => {
    expect(processingOrder(4, 0)).to.deep.equal([0, 1, 2, 3]);
    expect(processingOrder(1, 0)).to.deep.equal([0]);
  });

  it('is backwards after a death', () => {
    expect(processingOrder(4, 1)).to.deep.equal([3, 2, 1, 0]);
  });

  it('has each object once, after any number of deaths', () => {
    for (const count of [1, 2, 3, 7, 1000]) {
      for (let deaths = 0; deaths <= 20; deaths++) {
        const order = processingOrder(count, deaths).toSorted((a, b) => a - b);
        expect(order, `${count} after ${deaths}`).to.deep.equal([...Array(count).keys()]);
      }
    }
  });

  /** The objects that are done after this number of deaths, if these objects end their worker. */
  const doneAfter = (deaths: number, count: number, killers: Set<number>) => {
    const done = new Set<number>();
    for (let death = 0; death < deaths; death++) {
      for (const item of processingOrder(count, death)) {
        if (killers.has(item)) break;
        done.add(item);
      }
    }
    return done.size;
  };

  it('leaves nothing behind one object that ends its worker, after two deaths', () => {
    for (const count of [1, 2, 10, 1000]) {
      for (const killer of [0, Math.floor(count / 3), count - 1]) {
        expect(doneAfter(2, count, new Set([killer])), `${killer} of ${count}`).to.equal(count - 1);
      }
    }
  });

  it('leaves nothing behind any objects that end their worker, in a task of up to ten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.array(fc.nat(9)), (count, positions) => {
        const killers = new Set(positions.filter((position) => position < count));
        expect(doneAfter(21, count, killers)).to.equal(killers.size === 0 ? count : count - killers.size);
      }),
    );
  });
});
