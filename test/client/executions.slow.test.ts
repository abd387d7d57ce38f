/** The client on a local cloud: an execution as a user's code sees it. */
import { expect } from 'chai';
import {
  BatchProcessorError,
  ExecutionExistsError,
  ExecutionNotFoundError,
  ExecutionRunningError,
  InvalidInputError,
  NoResultsError,
  type Snapshot,
} from '../../client';
import { SMALL_FLEET, synthesizeForTest, TestCloud } from '../support/cloud';
import { failure } from '../support/failure';

const QUICK = { intervalSeconds: 0.05 };
const KEYS = ['in/0', 'in/1', 'in/2', 'in/bad'];
const INPUT = { worker_count: 1, prefix: 'in/', tolerated_failure_percentage: 50 };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('the client', () => {
  let stack: Awaited<ReturnType<typeof synthesizeForTest>>;
  let cloud: TestCloud;

  before(async () => {
    stack = await synthesizeForTest(SMALL_FLEET);
    cloud = await TestCloud.start(stack.stackFolder, {
      workerEnvironment: { SIMULATE_SECONDS: '0', SIMULATE_FAULT: 'permanent', SIMULATE_FAULT_KEY: 'bad' },
    });
    await cloud.put([...KEYS, 'hang/0']);
  });
  after(async () => {
    await cloud.close();
    await stack.remove();
  });

  it('starts an execution, follows it to its end, and reads its results', async () => {
    const execution = await cloud.batch.start(INPUT, { name: 'first' });
    expect(execution).to.include({ name: 'first', arn: cloud.batch.execution('first').arn });
    const snapshots = await all(execution.follow(QUICK));
    const order: Snapshot['phase'][] = ['provisioning', 'processing', 'deprovisioning', 'ended'];
    const phases = [...new Set(snapshots.map(({ phase }) => phase))];
    expect(phases).to.deep.equal(order.filter((phase) => phases.includes(phase)));
    expect(snapshots[0]).to.include({ status: 'RUNNING', done: 0 });
    expect(snapshots.at(-1)).to.include({
      phase: 'ended',
      status: 'SUCCEEDED',
      total: KEYS.length,
      done: KEYS.length,
      failed: 1,
    });

    const ended = await execution.wait();
    expect(ended).to.deep.include({ status: 'SUCCEEDED', input: INPUT, error: undefined });
    expect(ended.output).to.include({ worker_count: 1 });
    expect(ended.output?.fleet).to.include({ running: 1 });
    expect(Number(ended.endedAt)).to.be.above(Number(ended.startedAt));

    const { failures, ...counts } = await execution.results();
    expect(counts).to.include({ succeeded: 3, skipped: 0, failed: 1, pending: 0 });
    expect(counts.manifest?.startsWith(counts.prefix)).to.equal(true);
    expect(failures).to.deep.equal(await all(execution.failures()));
    expect(failures.map(({ object_key, error }) => [object_key, error])).to.deep.equal([
      ['in/bad', 'PermanentError'],
    ]);
    const succeeded = await all(execution.successes());
    expect(succeeded.map(({ object_key }) => object_key)).to.have.members(KEYS.slice(0, 3));
    expect(await cloud.batch.retryInput('first', { worker_count: 2 })).to.deep.equal({
      worker_count: 2,
      objects: [{ Key: 'in/bad' }],
    });
  });

  it('lists executions, those that have results, and makes the figures of one', async () => {
    const [newest] = await cloud.batch.executions(1);
    expect(newest).to.include({ name: 'first', status: 'SUCCEEDED' });
    expect(Number(newest?.endedAt)).to.be.above(Number(newest?.startedAt));
    expect(await cloud.batch.recorded()).to.deep.equal(['first']);
    const { counts, failures, timeline } = await cloud.batch.execution('first').figures();
    expect(counts).to.include({ success: 3, failed: 1 });
    expect(failures[0]?.objects[0]).to.include({ key: 'in/bad', slot: 1 });
    expect(timeline.rows).to.have.length(1);
  });

  it('lists running executions, stops waiting when told to, and stops the execution', async () => {
    // Without workers it runs until it is stopped.
    const letThemStart = cloud.cloud.faults.inject({ effect: 'refuse', what: 'instances' });
    const execution = await cloud.batch.start({ worker_count: 1, prefix: 'hang/' });
    expect((await all(cloud.batch.running())).map((running) => running.execution.arn)).to.deep.equal([
      execution.arn,
    ]);
    const reason = new Error('enough');
    const stopWaiting = new AbortController();
    const waited = failure(execution.wait({ signal: stopWaiting.signal }));
    const followed = failure(all(execution.follow({ signal: stopWaiting.signal })));
    stopWaiting.abort(reason);
    for (const error of [await waited, await followed]) expect(error).to.equal(reason);
    expect(await failure(execution.results())).to.be.instanceOf(ExecutionRunningError);
    expect(await failure(all(execution.failures()))).to.be.instanceOf(ExecutionRunningError);

    await execution.stop('not needed');
    expect(await execution.wait(QUICK)).to.include({
      status: 'ABORTED',
      error: 'Stopped',
      cause: 'not needed',
    });
    await execution.stop();
    expect(await all(cloud.batch.running())).to.deep.equal([]);
    expect(await execution.results()).to.include({ succeeded: 0, failed: 0, pending: 0 });
    expect(await failure(all(execution.successes())))
      .to.be.instanceOf(NoResultsError)
      .and.have.property('message')
      .that.matches(/ended ABORTED, Stopped, and left no results/);
    letThemStart();
    await cloud.fleetIsGone();
  });

  it('refuses bad input before anything is started', async () => {
    const bad: [object, RegExp][] = [
      [{ worker_count: 0, prefix: 'in/' }, /^worker_count is 0/],
      [{ worker_count: 1, prefix: 'none/' }, /^No object has a key that starts with "none\/"/],
      [{ worker_count: 1, manifest: { Key: 'none' } }, /^The manifest "none" does not exist/],
      [{ ...INPUT, processor: 'none' }, /^There is no processor none: /],
      [{ ...INPUT, parameters: { seconds: -1 } }, /^The parameter seconds of simulate is -1: /],
      [{ ...INPUT, parameters: [] }, /^parameters is not a JSON object/],
    ];
    for (const [input, message] of bad) {
      for (const action of ['start', 'check'] as const) {
        const error = await failure(cloud.batch[action](input as typeof INPUT));
        expect(error).to.be.instanceOf(InvalidInputError).and.be.instanceOf(BatchProcessorError);
        expect(error.message).to.match(message);
      }
    }
    const misnamed = await failure(cloud.batch.start(INPUT, { name: 'a/b' }));
    expect(misnamed).to.be.instanceOf(InvalidInputError);
    expect(misnamed.message).to.match(/^name is "a\/b": give 1 to 80/);
    expect(await all(cloud.batch.running())).to.deep.equal([]);
  });

  it('without the check, an execution of bad input fails', async () => {
    const execution = await cloud.batch.start({ worker_count: 0, prefix: 'in/' }, { check: false });
    const ended = await execution.wait(QUICK);
    expect(ended).to.include({ status: 'FAILED', error: 'InvalidInput', output: undefined });
    expect(ended.cause).to.match(/^worker_count is 0/);
  });

  it('reports a name that is taken, and an execution that does not exist', async () => {
    const { batch } = cloud;
    await (await batch.start({ worker_count: 1, objects: [{ Key: 'in/0' }] }, { name: 'taken' })).wait(QUICK);
    expect(await failure(batch.start(INPUT, { name: 'taken' })))
      .to.be.instanceOf(ExecutionExistsError)
      .and.have.property('message')
      .that.includes('taken');
    const missing = batch.execution('missing');
    const actions = [() => missing.describe(), () => missing.wait(), () => missing.results()];
    for (const action of [...actions, () => all(missing.follow()), () => all(missing.failures())]) {
      expect(await failure(action())).to.be.instanceOf(ExecutionNotFoundError);
    }
    expect(() => batch.execution(missing.arn.replace('batch-processor', 'other'))).to.throw(
      ExecutionNotFoundError,
      /is not an execution of the state machine/,
    );
  });
});
