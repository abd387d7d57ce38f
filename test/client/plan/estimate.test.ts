import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { choose, dollarsOf } from '../../../client/plan/choose';
import { estimate, type PlanBasis, slotSeconds } from '../../../client/plan/estimate';
import { ROOT } from '../../../root';
import { tablePrices } from '../../../runtime/cost/prices';

const PRICES = tablePrices('us-east-1', 'm6i.large');
const FLEET = {
  instanceType: 'm6i.large',
  spot: false,
  diskGiB: 30,
  publicIp: true,
  slotsPerWorker: 2,
  objectsInFlight: 24,
  maxWorkers: 100,
};
/** The README's example. */
const BASIS: PlanBasis = {
  objects: 100_000,
  bytes: 1e11,
  processorSeconds: 1,
  storageSeconds: 0,
  outputsPerObject: 1,
  outputBytesPerObject: 300,
  fleet: FLEET,
};
const workersOf = (goal = {}, basis = BASIS) => choose(basis, goal, PRICES).recommended?.workers;

describe('the estimate of a run', () => {
  it('is as long as its slots need, plus the boot', () => {
    const { slots, seconds, onDemand } = estimate({ ...BASIS, batchSize: 1 }, 10, PRICES);
    expect(slots).to.equal(20);
    expect(seconds).to.be.closeTo(5000 + 100, 1);
    expect(onDemand.dollars).to.be.closeTo(7.1, 0.1);
  });

  const TASKS: [string, number, number, number][] = [
    ['of long objects: their slot waits for the next one', 2, 1, 2.1],
    ['of short objects: their slot has the next one', 0.5, 1, 0.5],
    ['that are shorter than the time between two: their slot has two at a time', 0.02, 1, 0.06],
    ['that are longer, of objects that are shorter', 0.02, 10, 0.2],
  ];
  for (const [what, processorSeconds, batchSize, expected] of TASKS) {
    it(`knows how long a slot needs for tasks ${what}`, () => {
      const { seconds } = estimate({ ...BASIS, processorSeconds, batchSize }, 10, PRICES);
      const tasks = BASIS.objects / batchSize;
      expect(seconds).to.be.closeTo((expected * tasks) / 20 + 100, 0.1);
    });
  }

  const FLIGHTS: [string, Partial<PlanBasis>, number | undefined, number][] = [
    ['connections to S3, if the processor is faster', { processorSeconds: 0.001 }, 24, 0.16 / 16],
    ['fewer objects at a time, if the deployment allows fewer', { processorSeconds: 0.001 }, 4, 0.16 / 4],
    ['its processor, which does not wait for S3', { processorSeconds: 0.5 }, 24, 0.5],
    ['both in turn, if it has one object at a time', { processorSeconds: 0.5 }, 1, 0.66],
    [
      'both in turn, if the deployment does not say how many it has',
      { processorSeconds: 0.5 },
      undefined,
      0.66,
    ],
  ];
  for (const [what, more, objectsInFlight, expected] of FLIGHTS) {
    it(`knows that a slot is as fast as ${what}`, () => {
      const fleet = { ...FLEET, objectsInFlight };
      expect(slotSeconds({ ...BASIS, ...more, storageSeconds: 0.16, fleet })).to.be.closeTo(expected, 1e-9);
    });
  }

  it('lets a slot of long objects wait for S3 between two tasks', () => {
    const { seconds } = estimate(
      { ...BASIS, processorSeconds: 2, storageSeconds: 0.4, batchSize: 1 },
      10,
      PRICES,
    );
    expect(seconds).to.be.closeTo((2.5 * BASIS.objects) / 20 + 100, 0.1);
  });

  it('counts in waves: the last one takes as long as the others, even if few slots have a task', () => {
    const seconds = (objects: number) =>
      estimate({ ...BASIS, objects, processorSeconds: 5, batchSize: 1 }, 10, PRICES).seconds;
    expect(seconds(100)).to.be.closeTo(5 * 5.1 + 100, 0.1);
    expect(seconds(101)).to.be.closeTo(6 * 5.1 + 100, 0.1);
    expect(seconds(0)).to.equal(100);
  });

  it("predicts the figures of docs/performance.md for the original system's runs", () => {
    const page = readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8');
    const rows = [
      ...page.matchAll(/^\| (\d+) objects, (\d+) workers \| \d+ s \| (\d+) s \| (\d+) s \| \d+ s \|$/gm),
    ];
    expect(rows).to.have.lengthOf(4);
    for (const row of rows) {
      const [objects = 0, workers = 0, onAws, ofObjects] = row.slice(1).map(Number);
      const run = { ...BASIS, objects, processorSeconds: 5, storageSeconds: 3 * 0.03, batchSize: 1 };
      const { seconds } = estimate(run, workers, PRICES);
      expect([Math.round(seconds), Math.round(seconds - 100)], row[0]).to.deep.equal([onAws, ofObjects]);
    }
  });

  it('is faster with more workers, but never faster than one task', () => {
    const seconds = [1, 2, 10, 100].map((workers) => estimate(BASIS, workers, PRICES).seconds);
    expect(seconds).to.deep.equal(seconds.toSorted((a, b) => b - a));
    const one = { ...BASIS, objects: 3, processorSeconds: 600, batchSize: 3 };
    expect(estimate(one, 100, PRICES).seconds).to.be.above(1800);
  });

  it('fits the tasks to the objects: about twenty seconds, and enough tasks for all slots', () => {
    const batch = (more: Partial<PlanBasis>, workers = 10) =>
      estimate({ ...BASIS, ...more }, workers, PRICES).batchSize;
    expect(batch({})).to.equal(20);
    expect(batch({ processorSeconds: 60 })).to.equal(1);
    expect(batch({ processorSeconds: 0.001, objects: 10_000_000 })).to.equal(500);
    expect(batch({ objects: 100 })).to.equal(1);
    expect(batch({ objects: 400 })).to.equal(5);
    // Five waves of 10 s; 39 tasks of 13 objects would take four waves of 13 s.
    expect(batch({ objects: 500, fleet: { ...FLEET, slotsPerWorker: 1 } })).to.equal(10);
    expect(batch({ batchSize: 7 })).to.equal(7);
  });

  it('has prices of Spot and of on-demand instances', () => {
    const { onDemand, spot } = estimate(BASIS, 10, PRICES);
    expect(spot.dollars).to.be.below(onDemand.dollars);
    expect(spot.lines.slice(1)).to.deep.equal(onDemand.lines.slice(1));
  });
});

describe('the choice of workers', () => {
  it('is the smallest number that meets a deadline', () => {
    const workers = workersOf({ deadlineSeconds: 3600 }) ?? 0;
    expect(estimate(BASIS, workers, PRICES).seconds).to.be.at.most(3600);
    expect(estimate(BASIS, workers - 1, PRICES).seconds).to.be.above(3600);
  });

  it('is the fastest number within a budget', () => {
    const { recommended, estimates } = choose(BASIS, { budgetDollars: 2.5 }, PRICES);
    expect(recommended && dollarsOf(recommended, BASIS)).to.be.at.most(2.5);
    for (const row of estimates)
      if (row.seconds < (recommended?.seconds ?? 0)) expect(dollarsOf(row, BASIS)).to.be.above(2.5);
  });

  it('does not exist if no number meets the goal', () => {
    expect(workersOf({ deadlineSeconds: 60 })).to.equal(undefined);
    expect(workersOf({ budgetDollars: 0.01 })).to.equal(undefined);
  });

  it('is the given number, also beyond the useful maximum', () => {
    expect(workersOf({ workers: 7 })).to.equal(7);
    expect(workersOf({ workers: 90 }, { ...BASIS, objects: 4 })).to.equal(90);
  });

  it('is otherwise a fast number for a little more than the cheapest', () => {
    const { recommended, estimates } = choose(BASIS, {}, PRICES);
    const cheapest = Math.min(...estimates.map((row) => dollarsOf(row, BASIS) ?? 0));
    expect(recommended?.workers).to.be.above(1);
    expect(recommended && dollarsOf(recommended, BASIS)).to.be.within(cheapest, cheapest * 1.25);
  });

  it('shows rows by workers, up to the useful maximum, with the recommended one', () => {
    const rows = (basis: PlanBasis, goal = {}) =>
      choose(basis, goal, PRICES).estimates.map(({ workers }) => workers);
    expect(rows({ ...BASIS, fleet: { ...FLEET, maxWorkers: 60 } }, { workers: 7 })).to.deep.equal([
      1, 2, 5, 7, 10, 20, 50, 60,
    ]);
    expect(rows({ ...BASIS, objects: 5 }, { workers: 1 })).to.deep.equal([1, 2, 3]);
  });

  it('works without prices: the cost is then the time of instances, and no budget can be met', () => {
    const prices = tablePrices('xx-moon-1', 'm6i.large');
    expect(choose(BASIS, {}, prices).recommended?.workers).to.be.above(1);
    expect(choose(BASIS, { budgetDollars: 1e6 }, prices).recommended).to.equal(undefined);
  });
});
