/** Slots as threads: real ones, that hang, block, crash and run out of memory. */
import { once } from 'node:events';
import { BroadcastChannel, type Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { SlotPool } from '../../../runtime/worker/slot-pool';
import { TaskError } from '../../../runtime/worker/task-error';
import { BEGUN, taskOf, writeSlot } from '../support/task-cloud';

describe('the slots of a worker', () => {
  let slot: Awaited<ReturnType<typeof writeSlot>>;
  let pool: SlotPool;
  const threads: Worker[] = [];
  const onWorker = (thread: Worker) => threads.push(thread);
  before(async () => {
    process.on('worker', onWorker);
    slot = await writeSlot();
  });
  after(async () => {
    process.off('worker', onWorker);
    await slot.remove();
  });
  beforeEach(() => {
    threads.length = 0;
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
      const begun = new BroadcastChannel(BEGUN);
      const both = new Promise<void>((resolve) => {
        let slots = 0;
        begun.onmessage = () => ++slots === 2 && resolve();
      });
      const reasons = [run([key], ending.signal), run([key], ending.signal)].map(failure);
      const reason = new TaskError('ProcessorTimeout', 'too long');
      await both;
      begun.close();
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
  });

  it('"throw": an error that no processor has thrown is a crash as well', async () => {
    expect(await failure(run(['throw']))).to.include({ name: 'ProcessorCrashed', message: 'thrown' });
  });

  it('a thread that ends between two tasks is replaced', async () => {
    await run(['crash-later']);
    // Emitted by the process for each thread that it starts.
    const [thread] = threads;
    if (thread?.threadId !== -1) await once(thread as Worker, 'exit');
    await expectToWork();
  });

  it('a signal that is aborted for another reason is no reason for a task', async () => {
    expect(await failure(run(['hang'], AbortSignal.timeout(50)))).to.include({ name: 'ProcessorCrashed' });
  });
});
