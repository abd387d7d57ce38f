import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../root';
import { costOf } from '../../../runtime/cost/cost';
import { tablePrices } from '../../../runtime/cost/prices';
import { type Instances, usageOf } from '../../../runtime/cost/usage';

const INSTANCES: Instances = { instanceType: 'm6i.large', spot: false, diskGiB: 30, publicIp: true };
/** The README's example: 100,000 objects on 10 workers that exist for 1.5 hours. */
const EXAMPLE = { workers: 10, workerSeconds: 10 * 5400, objects: 100_000, attempts: 100_000 };
const US_EAST_1 = tablePrices('us-east-1', 'm6i.large');

const dollarsOf = (work = EXAMPLE, instances = INSTANCES, prices = US_EAST_1) =>
  Object.fromEntries(costOf(work, instances, prices).lines.map(({ name, dollars }) => [name, dollars]));

describe('the cost of an execution', () => {
  it('has a line for everything that AWS bills', () => {
    const lines = dollarsOf();
    expect(lines.instances).to.be.closeTo(15 * 0.096, 1e-9);
    expect(lines['public IPv4 addresses']).to.be.closeTo(15 * 0.005, 1e-9);
    expect(lines['root disks']).to.be.closeTo((15 / 730) * 30 * 0.08, 1e-9);
    expect(lines['state transitions']).to.be.closeTo(200.2 * 0.025, 1e-9);
    expect(lines['S3 reads']).to.be.closeTo(200 * 0.0004, 1e-9);
    expect(lines['S3 writes']).to.be.closeTo(100.1 * 0.005, 1e-9);
    expect(lines.logs).to.be.closeTo(0.11 * 0.5, 1e-9);
    const { dollars, unpriced, lines: all } = costOf(EXAMPLE, INSTANCES, US_EAST_1);
    expect(dollars).to.be.closeTo(7.211, 0.001);
    expect(all.reduce((sum, line) => sum + (line.dollars ?? 0), 0)).to.equal(dollars);
    expect(unpriced).to.be.empty;
  });

  it('gives each quantity in the unit of its price', () => {
    const { lines, source, coversInstances } = costOf(EXAMPLE, INSTANCES, US_EAST_1);
    const amounts = lines.map(({ name, amount, unit }) => [name, Number(amount.toFixed(6)), unit]);
    expect(amounts).to.deep.equal([
      ['instances', 15, 'hours'],
      ['public IPv4 addresses', 15, 'hours'],
      ['root disks', 0.616438, 'GiB-months'],
      ['state transitions', 200.2, 'thousand'],
      ['S3 reads', 200, 'thousand'],
      ['S3 writes', 100.1, 'thousand'],
      ['logs', 0.11, 'GB'],
      // Seven metrics, for each hour that has begun.
      ['custom metrics', 0.019178, 'metric-months'],
      ['Lambda calls', 0.0001, 'million'],
      ['Lambda', 25, 'GB-seconds'],
    ]);
    for (const { amount, price = Number.NaN, dollars } of lines) expect(dollars).to.equal(amount * price);
    expect([source, coversInstances]).to.deep.equal([US_EAST_1.source, true]);
  });

  it('has no hour of metrics if there was no worker', () => {
    const { metricMonths } = usageOf({ workers: 0, workerSeconds: 0, objects: 1, attempts: 1 }, INSTANCES);
    expect(metricMonths).to.equal(0);
  });

  it('is what the README says of its example', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const said = (pattern: RegExp) => Number(pattern.exec(readme)?.[1]);
    const batched = costOf({ ...EXAMPLE, attempts: 2000 }, INSTANCES, US_EAST_1);
    // Its lines are in whole cents.
    expect(said(/\*\*sum\*\* .*\$([\d.]+)/)).to.be.closeTo(
      costOf(EXAMPLE, INSTANCES, US_EAST_1).dollars,
      0.05,
    );
    expect(said(/costs \$([\d.]+) in all/)).to.be.closeTo(batched.dollars, 0.05);
  });

  it('falls with larger tasks, and rises with retries', () => {
    const batched = costOf({ ...EXAMPLE, attempts: 2000 }, INSTANCES, US_EAST_1);
    const retried = costOf({ ...EXAMPLE, attempts: 110_000 }, INSTANCES, US_EAST_1);
    expect(batched.dollars).to.be.closeTo(2.286, 0.001);
    expect(retried.dollars - costOf(EXAMPLE, INSTANCES, US_EAST_1).dollars).to.be.closeTo(0.5, 0.01);
  });

  it('has no addresses if instances have none, and has the size of another disk', () => {
    const { publicIp: _, ...rest } = INSTANCES;
    const lines = dollarsOf(EXAMPLE, { ...rest, publicIp: false, diskGiB: 300 });
    expect(lines['public IPv4 addresses']).to.equal(0);
    expect(lines['root disks']).to.be.closeTo((15 / 730) * 300 * 0.08, 1e-9);
  });

  it('counts a minute for an instance that ran for less', () => {
    const { instanceHours } = usageOf({ workers: 3, workerSeconds: 12, objects: 1, attempts: 1 }, INSTANCES);
    expect(instanceHours).to.equal(3 / 60);
  });

  it('counts a request for each part of large outputs, and none for outputs that were up to date', () => {
    const work = { workers: 1, workerSeconds: 60, objects: 10, attempts: 10 };
    const writes = (more: object) => usageOf({ ...work, ...more }, INSTANCES).s3Writes;
    expect(writes({})).to.equal(10 + 1);
    expect(writes({ skipped: 8 })).to.equal(2 + 1);
    expect(writes({ outputs: 2, outputBytes: 2 * 5 * 2 ** 20 })).to.equal(2 + 1);
    expect(writes({ outputs: 2, outputBytes: 20 * 5 * 2 ** 20 })).to.equal(2 * 2 + 20 + 1);
  });

  it('of no objects is almost zero', () => {
    const { dollars, lines } = costOf(
      { workers: 0, workerSeconds: 0, objects: 0, attempts: 0 },
      INSTANCES,
      US_EAST_1,
    );
    expect(dollars).to.be.within(0, 0.01);
    expect(lines.every(({ dollars: each }) => Number.isFinite(each))).to.equal(true);
  });

  it('on Spot uses the Spot price', () => {
    const prices = { ...US_EAST_1, spotHour: 0.04 };
    expect(dollarsOf(EXAMPLE, { ...INSTANCES, spot: true }, prices).instances).to.be.closeTo(0.6, 1e-9);
  });

  it('says that the instances themselves have no price, also on Spot', () => {
    const { spotHour: _, ...unpriced } = US_EAST_1;
    const cost = costOf(EXAMPLE, { ...INSTANCES, spot: true }, unpriced);
    expect(cost).to.deep.include({
      coversInstances: false,
      unpriced: ['Spot instances (m6i.large in us-east-1)'],
    });
    const idle = costOf({ ...EXAMPLE, workers: 0, workerSeconds: 0 }, { ...INSTANCES, spot: true }, unpriced);
    expect(idle.unpriced).to.deep.equal([]);
  });

  it('names the parts that have no price, and guesses nothing', () => {
    const instances = { ...INSTANCES, instanceType: 'x9.large' };
    const { unpriced, lines } = costOf(EXAMPLE, instances, tablePrices('eu-west-1', 'x9.large'));
    expect(unpriced).to.deep.equal(['instances (x9.large in eu-west-1)']);
    expect(lines[0]).to.deep.equal({ name: 'instances', amount: 15, unit: 'hours' });
    expect(costOf(EXAMPLE, INSTANCES, tablePrices('xx-moon-1', 'm6i.large')).unpriced).to.deep.equal([
      'instances (m6i.large in xx-moon-1)',
      'root disks (xx-moon-1)',
      'S3 reads (xx-moon-1)',
      'S3 writes (xx-moon-1)',
      'logs (xx-moon-1)',
    ]);
  });
});
