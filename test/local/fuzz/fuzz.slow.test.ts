/** Odd inputs of every kind at a local cloud. `npm run fuzz -- --inputs 100000` sends any number of them. */
import { expect } from 'chai';
import { fuzz } from './run';

const INPUTS = 500;

describe('odd inputs', function () {
  // Every input has a time limit of its own.
  this.timeout(3_600_000);

  it(`neither crash nor block the local cloud, nor get out of the bucket: seeds 1 to ${INPUTS}`, async () => {
    const { inputs, statuses, problems } = await fuzz(1, INPUTS);
    expect(problems.join('\n')).to.equal('');
    expect(inputs).to.equal(INPUTS);
    // Some succeed: the gateway does not refuse all of them.
    expect(statuses['200']).to.be.greaterThan(50);
    expect(statuses['400']).to.be.greaterThan(50);
  });
});
