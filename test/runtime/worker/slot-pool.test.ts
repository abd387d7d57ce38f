/** Slots as threads: real ones, that hang, block, crash and run out of memory. */
import { expect } from 'chai';
import { SlotPool } from '../../../runtime/worker/slot-pool';
import { TaskError } from '../../../runtime/worker/task-error';
import { taskOf, writeSlot } from '../support/task-cloud';

describe('the slots of a worker', () => {
  let slot: Awaited<ReturnType<typeof writeSlot>>;
  let pool: SlotPool;
  before(async () => {
    slot = await writeSlot();
  });
  after(() => slot.remove());
  beforeEach(() => {
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
      const reasons = [run([key], ending.signal), run([key], ending.signal)].map(failure);
      const reason = new TaskError('ProcessorTimeout', 'too long');
      setTimeout(() => ending.abort(reason), 100);
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
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expectToWork();
  });

  it('a signal that is aborted for another reason is no reason for a task', async () => {
    expect(await failure(run(['hang'], AbortSignal.timeout(50)))).to.include({ name: 'ProcessorCrashed' });
  });
});
