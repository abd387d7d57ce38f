/** The fleet follows an execution: the real function, called by the real workflow and guard in the local cloud. */
import { expect } from 'chai';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../../support/cloud';
import { until } from '../../support/until';

const KEYS = Array.from({ length: 8 }, (_, index) => `in/${index}`);

describe('the provisioner', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;

  before(async () => {
    stack = await synthesizeForTest(SMALL_FLEET);
  });
  after(() => stack.remove());
  afterEach(() => test.close());

  it('provisions the workers that an execution asks for, and nothing is left after it', async () => {
    test = await TestCloud.start(stack.stackFolder, { workerEnvironment: { SIMULATE_SECONDS: '0.2' } });
    await test.put(KEYS);
    const execution = await test.begin({ worker_count: 3, prefix: 'in/' });
    await until(() => test.fleet.desired === 3, 'three workers are desired');
    const ended = await test.end(execution);
    expect(ended).to.include({ status: 'SUCCEEDED' });
    expect(ended.output).to.deep.include({ worker_count: 3 });
    await test.fleetIsGone();
    const processed = test.lines.map(({ ObjectsProcessed = 0 }) => Number(ObjectsProcessed));
    expect(processed.reduce((sum, count) => sum + count)).to.equal(KEYS.length);
    const [metrics] = test.lines.filter((line) => '_aws' in line);
    expect(metrics).to.include({ Family: 'batch-processor-worker' });
    expect(metrics).to.have.nested.property('_aws.CloudWatchMetrics[0].Namespace', 'BatchProcessor');
  });

  it('starts nothing for bad input', async () => {
    test = await TestCloud.start(stack.stackFolder);
    const ended = await test.run({ worker_count: 5, prefix: 'in/' });
    expect(ended).to.include({ status: 'FAILED', error: 'InvalidInput' });
    expect(ended.cause).to.match(/worker_count is 5: it must be 1 to 4/);
    expect(test.fleet.activities).to.deep.equal([]);
  });

  it('starts nothing for a processor or parameters that the deployment does not have', async () => {
    test = await TestCloud.start(stack.stackFolder);
    const input = { worker_count: 1, prefix: 'in/' };
    const first = await test.begin({ ...input, processor: 'none' });
    const unknown = await test.end(first);
    // The guard counts the executions that run. It must not count the second one before the workflow refuses that.
    await test.guarded(first);
    expect(unknown).to.include({ status: 'FAILED', error: 'InvalidProcessor' });
    expect(unknown.cause).to.match(/^There is no processor none: there are checksum, /);
    const wrong = await test.run({ ...input, parameters: { seconds: -1 } });
    expect(wrong).to.include({ status: 'FAILED', error: 'InvalidProcessor' });
    expect(wrong.cause).to.match(/^The parameter seconds of simulate is -1: /);
    expect(test.fleet.activities).to.deep.equal([]);
  });

  it('runs processors with parameters side by side on one fleet, each with outputs of its own', async () => {
    test = await TestCloud.start(stack.stackFolder);
    await test.put(KEYS);
    const input = { worker_count: 1, prefix: 'in/', batch_size: 4 };
    const runs = await Promise.all([
      test.run({ ...input, parameters: { seconds: 0 } }),
      test.run({ ...input, processor: 'checksum' }),
      test.run({ ...input, parameters: { seconds: 0.01 }, output_prefix: 'processed/slow/' }),
    ]);
    for (const { status, results } of runs) {
      expect({ status, succeeded: results.succeeded }).to.deep.equal({
        status: 'SUCCEEDED',
        succeeded: KEYS.length,
      });
    }
    for (const key of KEYS) {
      expect(await test.read(`processed/${key}`)).to.match(/^Processed /);
      expect(JSON.parse(await test.read(`processed/checksum/${key}`))).to.include({ key });
      expect(await test.read(`processed/slow/${key}`)).to.match(/^Processed /);
    }
  });
});
