/** Slots as threads: real ones, that hang, block, crash and run out of memory. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { BroadcastChannel, type Worker as Thread } from 'node:worker_threads';
import { expect } from 'chai';
import { SlotPool } from '../../../runtime/worker/slot-pool';
import { TaskError } from '../../../runtime/worker/task-error';
import { taskOf, writeSlot } from '../support/task-cloud';

describe('the slots of a worker', () => {
  let slot: Awaited<ReturnType<typeof writeSlot>>;
  let pool: SlotPool;
  let threads: Thread[];
  const notice = (message: unknown) => threads.push((message as { worker: Thread }).worker);
  before(async () => {
    slot = await writeSlot();
    subscribe('worker_threads', notice);
  });
  after(async () => {
    unsubscribe('worker_threads', notice);
    await slot.remove();
  });
  beforeEach(() => {
    threads = [];
    pool = new SlotPool({ slots: 2, threadMemoryMiB: 32, filename: slot.filename });
  });
  afterEach(() => pool.close());

  const run = (keys: string[], signal = new AbortController().signal) =>
    pool.run({ task: taskOf(...keys), processorName: 'gzip', workerId: 'worker' }, signal);
  const failure = (running: Promise<unknown>): Promise<Error> =>
    running.then(
      () => expect.fail('it succeeded'),
      (error) => error,
    );
  /** Resolves when the slots have begun with so many objects. */
  const begun = (count: number) =>
    new Promise<void>((resolve) => {
      const channel = new BroadcastChannel('slots');
      channel.onmessage = () => {
        count -= 1;
        if (count > 0) return;
        channel.close();
        resolve();
      };
    });
  const expectToWork = async () => {
    expect((await run(['a'])).results.map(({ object_key }) => object_key)).to.deep.equal(['a']);
  };

  it('answer what they are given', async () => {
    const answer = await run(['a', 'b']);
    expect(answer.results.map(({ object_key }) => object_key)).to.deep.equal(['a', 'b']);
    expect(answer).to.deep.include({ failures: [], failedItems: [] });
  });

  for (const key of ['hang', 'block']) {
    it(`"${key}": the signal's reason ends the thread, and the slot works again`, async () => {
      const ending = new AbortController();
      const both = begun(2);
      const reasons = [run([key], ending.signal), run([key], ending.signal)].map(failure);
      const reason = new TaskError('ProcessorTimeout', 'too long');
      await both;
      ending.abort(reason);
      expect(await Promise.all(reasons)).to.deep.equal([reason, reason]);
      await Promise.all([expectToWork(), expectToWork()]);
    });
  }

  it('"crash": the task fails as ProcessorCrashed, and the slot works again', async () => {
    expect(await failure(run(['crash']))).to.include({ name: 'ProcessorCrashed' });
    await expectToWork();
  });

  it('"memory": a thread has its own heap, and ends beyond it', async () => {
    const error = await failure(run(['memory']));
    expect(error).to.include({ name: 'ProcessorCrashed' });
    expect(error.message).to.match(/memory limit/);
    await expectToWork();
  }).timeout(30_000);

  it('"throw": an error that no processor has thrown is a crash as well', async () => {
    expect(await failure(run(['throw']))).to.include({ name: 'ProcessorCrashed', message: 'thrown' });
  });

  it('a thread that ends between two tasks is replaced', async () => {
    await run(['crash-later']);
    await Promise.all(threads.map((thread) => once(thread, 'exit')));
    await expectToWork();
  });

  it('a signal that is aborted for another reason is no reason for a task', async () => {
    const ending = new AbortController();
    const started = begun(1);
    const failed = failure(run(['hang'], ending.signal));
    await started;
    ending.abort(new Error('another reason'));
    expect(await failed).to.include({ name: 'ProcessorCrashed' });
  });
});
