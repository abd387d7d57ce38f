import { expect } from 'chai';
import { costOf } from '../../../runtime/cost/cost';
import { tablePrices } from '../../../runtime/cost/prices';
import { describeCost } from '../../../runtime/notifier/cost';

const INSTANCES = { instanceType: 'm6i.large', spot: false, diskGiB: 30, publicIp: true };
const COUNTS = { total: 100_000, succeeded: 90_000, failed: 5_000, pending: 5_000 };

describe('the cost in a message', () => {
  it('includes the workers until they have drained, and one attempt at each task that was tried', () => {
    const prices = tablePrices('eu-west-1', 'm6i.large');
    const work = { workers: 10, workerSeconds: 10 * 3660, attempts: 1_900, objects: 95_000 };
    const { dollars } = costOf(work, INSTANCES, prices);
    const run = { input: { worker_count: 10, batch_size: 50 }, counts: COUNTS, seconds: 3_600 };
    expect(describeCost(run as never, INSTANCES, 'eu-west-1')).to.equal(
      `about $${dollars.toFixed(2)} by ${prices.source}`,
    );
    expect(dollars).to.be.above(1);
  });

  it('says what it does not include', () => {
    const run = { input: { worker_count: 1 }, counts: COUNTS, seconds: 60 };
    expect(describeCost(run as never, INSTANCES, 'xx-moon-1')).to.match(
      /, without instances \(m6i\.large in xx-moon-1\), root disks \(xx-moon-1\), S3 reads/,
    );
  });
});
