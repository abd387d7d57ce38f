/** What becomes of a run when workers die and processors misbehave: real bundles, real signals, in the local cloud. */
import { expect } from 'chai';
import { synthesizeForTest, TestCloud } from '../../support/cloud';

const KEYS = Array.from({ length: 6 }, (_, index) => `in/${index}`);

describe('a run under faults', function () {
  this.timeout(120_000);
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let test: TestCloud;

  before(async () => {
    stack = await synthesizeForTest({
      BATCH_PROCESSOR: 'simulate',
      BATCH_SLOTS_PER_WORKER: '2',
      BATCH_TASK_TIMEOUT_SECONDS: '5',
      BATCH_HEARTBEAT_SECONDS: '2',
      BATCH_STOP_TIMEOUT_SECONDS: '4',
      BATCH_PROVISION_POLL_SECONDS: '1',
    });
  });
  after(() => stack.remove());
  afterEach(async () => {
    const { cloud } = test;
    await test.close();
    expect(cloud.processes(), 'processes left').to.deep.equal([]);
  });

  const start = async (workerEnvironment: Record<string, string>) => {
    test = await TestCloud.start(stack.stackFolder, {
      workerEnvironment: { SIMULATE_SECONDS: '0', ...workerEnvironment },
    });
    await test.put(KEYS);
  };
  const expectEveryOutput = async () => {
    for (const key of KEYS)
      expect(await test.read(`processed/${key}`)).to.match(new RegExp(`^Processed ${key} `));
  };

  it('a worker that is killed loses nothing: heartbeats stop, its tasks run elsewhere, it is replaced', async () => {
    await start({ SIMULATE_SECONDS: '1' });
    const execution = await test.begin({ worker_count: 2, prefix: 'in/' });
    await test.logged(({ message }) => message === 'Processing S3 object');
    const cluster = test.cloud.compute.clusters[0];
    const victim = [...(cluster?.tasks.values() ?? [])][0];
    victim?.kill();
    const ended = await test.end(execution);
    expect(ended).to.include({ status: 'SUCCEEDED' });
    expect(ended.results).to.include({ succeeded: KEYS.length, failed: 0 });
    await expectEveryOutput();
    const started = test.lines.filter(({ message }) => message === 'Worker started');
    expect(started.length, 'workers started').to.be.at.least(3);
  });

  it('a worker that is told to stop finishes what it can and hands back the rest', async () => {
    await start({ SIMULATE_FAULT: 'hang', SIMULATE_FAULT_KEY: 'in/0', SIMULATE_FAULT_ATTEMPTS: '1' });
    const execution = await test.begin({ worker_count: 1, prefix: 'in/' });
    await test.logged(({ message, key }) => message === 'Processing S3 object' && key === 'in/0');
    const [instance] = test.instances();
    const fleet = [...test.cloud.compute.fleets.values()][0];
    await fleet?.terminate(fleet.find(instance ?? ''), 'a Spot interruption');
    const ended = await test.end(execution);
    expect(ended).to.include({ status: 'SUCCEEDED' });
    expect(ended.results).to.include({ succeeded: KEYS.length, failed: 0 });
    expect(
      test.lines.some(({ message, error }) => message === 'Task failed' && error === 'WorkerInterrupted'),
    ).to.equal(true);
    await expectEveryOutput();
  });

  it('a processor that throws is retried, then its object fails by name and the others go on', async () => {
    await start({ SIMULATE_FAULT: 'throw', SIMULATE_FAULT_KEY: 'in/3' });
    const ended = await test.run({ worker_count: 1, prefix: 'in/', tolerated_failure_percentage: 20 });
    expect(ended).to.include({ status: 'SUCCEEDED' });
    expect(ended.results).to.include({ succeeded: KEYS.length - 1, failed: 1 });
    expect(ended.results.failures).to.deep.equal([
      { object_key: 'in/3', error: 'ProcessorError', message: 'Error: simulated' },
    ]);
    const attempts = test.lines.filter(
      ({ message, key }) => message === 'Processing S3 object' && key === 'in/3',
    );
    expect(attempts.map(({ attempt }) => attempt)).to.deep.equal([1, 2, 3, 4]);
  });

  it('a permanent error is not retried', async () => {
    await start({ SIMULATE_FAULT: 'permanent', SIMULATE_FAULT_KEY: 'in/3' });
    const ended = await test.run({ worker_count: 1, prefix: 'in/', tolerated_failure_percentage: 20 });
    expect(ended.results).to.include({ succeeded: KEYS.length - 1, failed: 1 });
    const attempts = test.lines.filter(
      ({ message, key }) => message === 'Processing S3 object' && key === 'in/3',
    );
    expect(attempts).to.have.length(1);
  });

  for (const [fault, error] of [
    ['block', 'ProcessorTimeout'],
    ['hang', 'ProcessorTimeout'],
    ['crash', 'ProcessorCrashed'],
    ['out-of-memory', 'ProcessorCrashed'],
  ] as const) {
    it(`a processor's "${fault}" costs its thread, not the worker, and is named ${error}`, async () => {
      const memory = { THREAD_MEMORY_MIB: '64' };
      await start({
        SIMULATE_FAULT: fault,
        SIMULATE_FAULT_KEY: 'in/3',
        SIMULATE_FAULT_ATTEMPTS: '1',
        ...memory,
      });
      const ended = await test.run({ worker_count: 1, prefix: 'in/' });
      expect(ended).to.include({ status: 'SUCCEEDED' });
      expect(ended.results).to.include({ succeeded: KEYS.length, failed: 0 });
      await expectEveryOutput();
      expect(
        test.lines.filter(({ message }) => message === 'Task failed').map(({ error }) => error),
      ).to.deep.equal([error]);
      expect(test.lines.filter(({ message }) => message === 'Worker started')).to.have.length(1);
    });
  }

  it('a batch of which one object fails keeps the others', async () => {
    await start({ SIMULATE_FAULT: 'permanent', SIMULATE_FAULT_KEY: 'in/3' });
    const ended = await test.run({
      worker_count: 1,
      prefix: 'in/',
      batch_size: 6,
      tolerated_failure_percentage: 100,
    });
    expect(ended).to.include({ status: 'SUCCEEDED' });
    expect(ended.results).to.include({ succeeded: KEYS.length - 1, failed: 1 });
  });
});
