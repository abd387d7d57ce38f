/** The fleet follows the executions: the real function, called by the real workflow and guard in the local cloud. */
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { synthesizeForTest, TestCloud } from '../../support/cloud';

const KEYS = Array.from({ length: 8 }, (_, index) => `in/${index}`);

describe('the provisioner', function () {
  this.timeout(120_000);
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;

  before(async () => {
    stack = await synthesizeForTest({
      BATCH_PROCESSOR: 'simulate',
      BATCH_SLOTS_PER_WORKER: '1',
      BATCH_MAX_WORKERS: '4',
      BATCH_PROVISION_POLL_SECONDS: '1',
      BATCH_PROVISION_TIMEOUT_SECONDS: '3',
      // Longer than any of these tests: a worker whose execution has ended does not use it.
      BATCH_STOP_TIMEOUT_SECONDS: '120',
    });
  });
  after(() => stack.remove());
  afterEach(() => test.close());

  const fleet = () => {
    const found = [...test.cloud.compute.fleets.values()][0];
    if (!found) throw new Error('the stack has no fleet');
    return found;
  };
  const fleetIsGone = () => test.until(() => fleet().desired === 0 && test.instances().length === 0);
  const processing = () => test.logged(({ message }) => message === 'Processing S3 object');

  it('provisions what an execution asks for, and nothing is left after it', async () => {
    test = await TestCloud.start(stack.stackFolder, { workerEnvironment: { SIMULATE_SECONDS: '0.2' } });
    await test.put(KEYS);
    const execution = await test.begin({ worker_count: 3, prefix: 'in/' });
    await test.until(() => fleet().desired === 3);
    const ended = await test.end(execution);
    expect(ended).to.include({ status: 'SUCCEEDED' });
    expect(ended.output).to.deep.include({ worker_count: 3 });
    await fleetIsGone();
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
    expect(fleet().activities).to.deep.equal([]);
  });

  it('takes the fleet down after an execution that was aborted in its map', async () => {
    test = await TestCloud.start(stack.stackFolder, { workerEnvironment: { SIMULATE_SECONDS: '60' } });
    await test.put(KEYS);
    const executionArn = await test.begin({ worker_count: 2, prefix: 'in/' });
    await processing();
    await test.clients.sfn.send(new StopExecutionCommand({ executionArn }));
    expect((await test.end(executionArn)).status).to.equal('ABORTED');
    await fleetIsGone();
  });

  it('gives two executions at once the workers that each asked for', async () => {
    test = await TestCloud.start(stack.stackFolder, { workerEnvironment: { SIMULATE_SECONDS: '1' } });
    await test.put(KEYS);
    await test.put(['one/0']);
    const [long, short] = await Promise.all([
      test.begin({ worker_count: 2, prefix: 'in/' }),
      test.begin({ worker_count: 1, prefix: 'one/' }),
    ]);
    await test.until(() => fleet().desired === 3);
    expect((await test.end(short)).results).to.include({ succeeded: 1, failed: 0 });
    expect(fleet().desired, 'while the other works').to.be.at.least(2);
    expect((await test.end(long)).results).to.include({ succeeded: KEYS.length, failed: 0 });
    await fleetIsGone();
  });

  it('goes on with what comes where the group cannot reach its size', async () => {
    test = await TestCloud.start(stack.stackFolder, {
      workerEnvironment: { SIMULATE_SECONDS: '0' },
      faults: [{ effect: 'refuse', what: 'instances', skip: 1 }],
    });
    await test.put(KEYS);
    const ended = await test.run({ worker_count: 3, prefix: 'in/' });
    expect(ended.results).to.include({ succeeded: KEYS.length, failed: 0 });
    await fleetIsGone();
  });

  it('fails with the group’s own reason where no instance comes', async () => {
    const reason = 'We currently do not have sufficient m6i.large capacity.';
    test = await TestCloud.start(stack.stackFolder, {
      faults: [{ effect: 'refuse', what: 'instances', reason }],
    });
    await test.put(KEYS);
    const ended = await test.run({ worker_count: 2, prefix: 'in/' });
    expect(ended).to.include({ status: 'FAILED', error: 'ProvisionTimeout' });
    expect(ended.cause).to.include(reason);
    await fleetIsGone();
  });

  it('fails with ECS’s own reason where workers cannot start', async () => {
    test = await TestCloud.start(stack.stackFolder, { workerEnvironment: { WORKER_SLOTS: 'many' } });
    await test.put(KEYS);
    const ended = await test.run({ worker_count: 3, prefix: 'in/' });
    expect(ended).to.include({ status: 'FAILED', error: 'WorkersCannotStart' });
    expect(ended.cause).to.match(/Essential container in task exited.*exit code 1/);
    await fleetIsGone();
  });
});
