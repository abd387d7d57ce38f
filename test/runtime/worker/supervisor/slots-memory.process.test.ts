/** The memory that slots hold: each one with the processes that it has started, and all together. */
import { mock } from 'node:test';
import { expect } from 'chai';
import { GroupMemory } from '../../../../runtime/worker/supervisor/process-group';
import { TaskError } from '../../../../runtime/worker/task-error';
import { failure } from '../../../support/failure';
import { isGone } from '../../../support/processes';
import { until } from '../../../support/until';
import { onLinux, slotsRig } from '../../support/slots-rig';

describe('slots', () => {
  const rig = slotsRig();
  const { lines, open, run, pidOf } = rig;

  it('that are idle end if all together hold more than their limit', async function () {
    onLinux(this);
    open({ slots: 1, slotMemoryMiB: 192 });
    const first = await pidOf('hold', { processor: 'a' });
    const second = await pidOf('hold', { processor: 'b' });
    await until(() => isGone(first), 'the one that was idle for longest ends');
    expect(await pidOf('a', { processor: 'b' })).to.equal(second);
  });

  it('that are idle end one by one, though the system takes a while to end the first', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    open({ slots: 1, slotMemoryMiB: 192 });
    const first = await pidOf('a', { processor: 'a' });
    const second = await pidOf('a', { processor: 'b' });
    // Each slot that is measured holds as much as before.
    mock.method(GroupMemory.prototype, 'read', (leaders: Iterable<number>) => {
      return new Map([...leaders].map((pid) => [pid, 100]));
    });
    // Two measurements.
    mock.timers.tick(200);
    await until(() => isGone(first), 'the one that was idle for longest ends');
    expect(await pidOf('a', { processor: 'b' })).to.equal(second);
  });

  it('report with each result their maximum', async function () {
    onLinux(this);
    open({ slots: 1, slotMemoryMiB: 192 });
    await run('hold');
    // The supervisor measures now and then.
    await until(async () => Number((await run('a')).peak_memory_mib) > 64, 'the slot is seen to hold memory');
  });

  it('have a heap of three quarters of their memory, which is not collected as a whole before it has 64 MiB', async () => {
    open({ slotMemoryMiB: 2048 });
    await run('options');
    const line = await until(
      () => lines.find(({ message }) => message?.startsWith('options ')),
      'it says so',
    );
    expect(line.message).to.equal('options --max-old-space-size=1536 --initial-heap-size=64');
  });

  for (const key of ['buffers', 'child-memory']) {
    it(`"${key}": memory outside of the heap counts, and the limit is named`, async function () {
      onLinux(this);
      const [error] = await Promise.all([failure(run(key)), run('a')]);
      expect(error).to.include({ name: 'ProcessorCrashed' });
      expect(error.message).to.match(/^out of memory: its process held \d+ MiB, its limit is 128$/);
      await run('b');
    });
  }

  it('may start processes that share their memory, which counts once', async function () {
    onLinux(this);
    open({ slots: 1 });
    const shares = mock.method(GroupMemory.prototype, 'readShares').mock;
    const ending = new AbortController();
    const ended = failure(run('forks', ending.signal));
    await until(() => shares.callCount() > 1, 'they seem to hold more than the limit, and go on');
    const reason = new TaskError('WorkerInterrupted', 'stop');
    ending.abort(reason);
    expect(await ended).to.equal(reason);
  });
});
