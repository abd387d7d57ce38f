/** Batches under random mixes of faults. `npm run chaos -- --seeds 200` runs any number of them. */
import { expect } from 'chai';
import { synthesizeForTest } from '../support/cloud';
import { STACK } from './chaos/run';
import { runSeeds } from './chaos/seeds';

const SEEDS = Array.from({ length: 2 }, (_, index) => index + 1);

describe('reliability: chaos', function () {
  // Every wait in it has a limit of its own.
  this.timeout(3_600_000);

  it(`nothing is lost under a random mix of faults: seeds ${SEEDS[0]} to ${SEEDS.at(-1)}`, async () => {
    const stack = await synthesizeForTest(STACK);
    const problems: string[] = [];
    let hits = 0;
    await runSeeds(SEEDS, stack.stackFolder, (_, outcome) => {
      if (outcome instanceof Error) problems.push(outcome.message);
      else hits += Object.values(outcome.hits).reduce((sum, count) => sum + count, 0);
    });
    await stack.remove();
    expect(problems.join('\n')).to.equal('');
    expect(hits, 'faults that hit').to.be.greaterThan(SEEDS.length);
  });
});
