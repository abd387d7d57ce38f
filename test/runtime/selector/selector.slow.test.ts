/** The real function, called by the real workflow in the local cloud. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../../support/cloud';
import { until } from '../../support/until';

const KEYS = ['in/a.jpg', 'in/b.jpg', 'in/sub/c.jpg', 'in/d.txt'];

describe('the selector', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;

  before(async () => {
    stack = await synthesizeForTest({ ...SMALL_FLEET, BATCH_PROCESSOR: 'checksum' });
    test = await TestCloud.start(stack.stackFolder);
    await test.put(KEYS);
  });
  after(async () => {
    await test.close();
    await stack.remove();
  });

  const processed = async (executionArn: string) => {
    const keys: string[] = [];
    for await (const { object_key } of test.batch.execution(executionArn).successes()) keys.push(object_key);
    return keys.sort();
  };

  it('chooses the objects of an execution, from the whole bucket', async () => {
    const executionArn = await test.begin({ worker_count: 1, prefix: '', select: { match: '**/*.jpg' } });
    const ended = await test.end(executionArn);
    expect(ended).to.include({ status: 'SUCCEEDED' });
    expect(await processed(executionArn)).to.deep.equal(['in/a.jpg', 'in/b.jpg', 'in/sub/c.jpg']);
    expect(ended.output?.selection).to.deep.include({ done: true, selected: 3 });
    const states = await test.statesEntered(executionArn);
    expect(states.indexOf('Select')).to.be.greaterThan(0).and.lessThan(states.indexOf('Provision'));
  });

  it('reads a manifest in any of its formats', async () => {
    await writeFile(
      join(test.bucket, 'keys.csv'),
      gzipSync('id,key\r\n1,in/d.txt\r\n2,in/a.jpg\r\n3,in/d.txt\r\n'),
    );
    const executionArn = await test.begin({ worker_count: 1, manifest: { Key: 'keys.csv' } });
    expect(await test.end(executionArn)).to.include({ status: 'SUCCEEDED' });
    expect(await processed(executionArn)).to.deep.equal(['in/a.jpg', 'in/d.txt']);
  });

  it('finds that all is up to date, and starts no worker; then it selects only the objects that have changed', async () => {
    const input = { worker_count: 1, prefix: 'in/', select: { changed: true } };
    await test.run(input);
    await test.fleetIsGone();
    const launched = test.fleet.activities.length;
    const nothing = await test.run(input);
    expect(nothing).to.include({ status: 'SUCCEEDED' });
    expect(nothing.output?.selection).to.deep.include({
      selected: 0,
      message: 'No object is selected; 4 are up to date.',
    });
    expect(nothing.output).to.include({ fleet: null, map_run_arn: null });
    expect(test.fleet.activities).to.have.length(launched);
    await test.put(['in/b.jpg'], () => 'other');
    const executionArn = await test.begin(input);
    await test.end(executionArn);
    expect(await processed(executionArn)).to.deep.equal(['in/b.jpg']);
  });

  it('goes on in calls of its own while workers boot, and the map starts when the list is complete', async () => {
    const keys = Array.from({ length: 3500 }, (_, index) => `many/${index}`);
    await mkdir(join(test.bucket, 'many'));
    await Promise.all(keys.map((key) => writeFile(join(test.bucket, key), '')));
    await test.fleetIsGone();
    // Three pages take longer than a first call may.
    test.cloud.faults.inject({ effect: 'delay', api: 's3:ListObjectsV2', seconds: 5, count: 4 });
    const executionArn = await test.begin({
      worker_count: 1,
      prefix: 'many/',
      select: { match: '**/*7' },
      batch_size: 100,
    });
    await until(() => test.fleet.desired === 1, 'a worker is provisioned');
    expect(await test.statesEntered(executionArn)).not.to.include('ProcessManifest');
    expect(await test.end(executionArn)).to.include({ status: 'SUCCEEDED' });
    const states = await test.statesEntered(executionArn);
    expect(states.filter((name) => name === 'Select')).to.have.length(2);
    expect(states.indexOf('Provision')).to.be.lessThan(states.lastIndexOf('Select'));
    expect(await processed(executionArn)).to.deep.equal(keys.filter((key) => key.endsWith('7')).sort());
  });

  it('repeats a call whose answer was lost', async () => {
    test.cloud.faults.inject({ effect: 'lose', api: 'lambda:Invoke', count: 1 });
    const executionArn = await test.begin({
      worker_count: 1,
      prefix: 'in/',
      select: { match: '**/*.jpg' },
      force: true,
    });
    expect(await test.end(executionArn)).to.include({ status: 'SUCCEEDED' });
    expect(await processed(executionArn)).to.deep.equal(['in/a.jpg', 'in/b.jpg', 'in/sub/c.jpg']);
  });

  it('refuses a wrong manifest before a worker starts, and names the line', async () => {
    await test.fleetIsGone();
    const launched = test.fleet.activities.length;
    const { status, error, cause } = await test.run({ worker_count: 1, prefix: 'in/', select: { limit: 0 } });
    expect({ status, error, cause }).to.deep.equal({
      status: 'FAILED',
      error: 'InvalidSelection',
      cause: 'select.limit: give a whole number, 1 or more',
    });
    await writeFile(join(test.bucket, 'bad.txt'), 'in/a.jpg\ns3://other/a\n');
    const other = await test.run({ worker_count: 1, manifest: { Key: 'bad.txt' } });
    expect(other).to.include({ status: 'FAILED', error: 'InvalidManifest' });
    expect(other.cause).to.match(/^Line 2 names an object of the bucket "other"/);
    expect(test.fleet.activities).to.have.length(launched);
  });
});
