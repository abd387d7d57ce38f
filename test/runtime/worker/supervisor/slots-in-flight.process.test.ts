/** Slots with several objects at a time, of one task or of two. */
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Task } from '../../../../runtime/contract';
import type { TaskInLane } from '../../../../runtime/worker/supervisor/lane';
import { ObjectsInHand } from '../../../../runtime/worker/supervisor/objects-in-hand';
import { TaskError } from '../../../../runtime/worker/task-error';
import { failure } from '../../../support/failure';
import { until } from '../../../support/until';
import { NEVER, slotsRig } from '../../support/slots-rig';
import { taskOf } from '../../support/task-cloud';

describe('slots', () => {
  const rig = slotsRig();
  const { open, openWithDeadline } = rig;

  describe('with several objects of a task at a time', () => {
    beforeEach(() => open({ slots: 1, objectsInFlight: 3 }));
    const outcomes = async (...keys: string[]) => {
      const lane = rig.slots.open({ task: taskOf(...keys), workerId: 'worker', signal: NEVER });
      const ended = await Promise.all(
        keys.map((key) => lane.process(key).catch((error: TaskError) => error.name)),
      );
      await lane.close();
      return ended.map((one) => (typeof one === 'string' ? one : 'success'));
    };

    it('have that many at most, and one until the processor has had one', async () => {
      const lane = rig.slots.open({ task: taskOf('a'), workerId: 'worker', signal: NEVER });
      // Its turn ends when two others have arrived.
      const pids = await Promise.all(['a', 'beside-two', 'c', 'd', 'e'].map((key) => lane.process(key)));
      await lane.close();
      expect(new Set(pids.map(({ worker_id: pid }) => pid))).to.have.property('size', 1);
      const inFlight = pids.map(({ attempt }) => attempt);
      expect(inFlight[0]).to.equal(1);
      expect(Math.max(...inFlight)).to.equal(3);
    });

    for (const key of ['exit', 'segfault', 'throw']) {
      it(`"${key}": fails only the object that the processor has`, async () => {
        expect(await outcomes('a', 'b', key, 'c', 'd')).to.deep.equal([
          ...['success', 'success', 'ProcessorCrashed', 'success', 'success'],
        ]);
      });
    }

    it('name each object that ends its process', async () => {
      expect(await outcomes('a', 'exit', 'segfault', 'b', 'throw')).to.deep.equal([
        ...['success', 'ProcessorCrashed', 'ProcessorCrashed', 'success', 'ProcessorCrashed'],
      ]);
    });

    it('process those again that were being written when the process ended, and name an object that ends it every time', async () => {
      expect(await outcomes('a', 'exit-writing', 'b')).to.deep.equal([
        'success',
        'ProcessorCrashed',
        'success',
      ]);
    });

    it('end at the deadline of the object that is late', async () => {
      const { passDeadline } = openWithDeadline({ slots: 1, objectsInFlight: 3 });
      const ended = outcomes('a', 'hang', 'b');
      await passDeadline(2);
      expect(await ended).to.deep.equal(['success', 'ProcessorTimeout', 'success']);
    });

    it('end for the object that blocks the process, not for one that waits to be written', async () => {
      const { passDeadline } = openWithDeadline({ slots: 1, objectsInFlight: 3 });
      const ended = outcomes('a', 'written-late', 'block', 'b');
      await passDeadline(3);
      expect(await ended).to.deep.equal([...['success', 'success', 'ProcessorTimeout', 'success']]);
    });

    it('replace a process that gives objects back', async () => {
      expect(await outcomes('a', 'b', 'given-back-once', 'c')).to.deep.equal(Array(4).fill('success'));
    });

    it('have one for a task with which a worker died', async () => {
      const lane = rig.slots.open({ task: { ...taskOf('a'), deaths: 1 }, workerId: 'worker', signal: NEVER });
      const results = await Promise.all(['a', 'b', 'c'].map((key) => lane.process(key)));
      await lane.close();
      expect(results.map(({ attempt }) => attempt)).to.deep.equal([1, 1, 1]);
    });

    it('end all of them with the signal', async () => {
      const ending = new AbortController();
      const lane = rig.slots.open({ task: taskOf('a'), workerId: 'worker', signal: ending.signal });
      await lane.process('a');
      const all = ['hang', 'b', 'c', 'd'].map((key) => failure(lane.process(key)));
      await setImmediate();
      const reason = new TaskError('WorkerInterrupted', 'stop');
      ending.abort(reason);
      expect(await Promise.all(all)).to.deep.equal(Array(4).fill(reason));
      await lane.close();
    });
  });

  describe('with two tasks', () => {
    beforeEach(() => open({ slots: 1, objectsInFlight: 3 }));
    const share = (slot: number, ending = new AbortController(), change: Partial<Task> = {}) =>
      rig.slots.open({
        task: { ...taskOf('a'), slot, ...change },
        workerId: 'worker',
        signal: ending.signal,
      });
    const pidIn = async (task: TaskInLane, key: string) => Number((await task.process(key)).worker_id);

    it('have one process for both if their slot is the same, else one for each', async () => {
      const tasks = [share(1), share(1), share(2)];
      const [first, second, third] = await Promise.all(tasks.map((task) => pidIn(task, 'a')));
      expect(second).to.equal(first);
      expect(third).not.to.equal(first);
      await tasks[0]?.close();
      expect(await pidIn(tasks[1] as TaskInLane, 'b')).to.equal(first);
      await tasks[1]?.close();
      const next = share(1);
      expect(await pidIn(next, 'c')).to.equal(first);
      await Promise.all([next.close(), tasks[2]?.close()]);
    });

    it('lose only the object that ends their process', async () => {
      const [first, second] = [share(1), share(1)];
      await first.process('a');
      const all = [first.process('b'), second.process('segfault'), first.process('c'), second.process('d')];
      const outcomes = await Promise.all(all.map((one) => one.catch((error: TaskError) => error.name)));
      expect(outcomes[1]).to.equal('ProcessorCrashed');
      expect(outcomes.filter((one) => typeof one !== 'string')).to.have.length(3);
      await Promise.all([first.close(), second.close()]);
    });

    it('go on with one if the other ends', async () => {
      const ending = new AbortController();
      const [first, second] = [share(1), share(1, ending)];
      await first.process('a');
      const hanging = failure(second.process('hang'));
      const waiting = first.process('b');
      // They are being sent to the slot.
      await setImmediate();
      const reason = new TaskError('ProcessorTimeout', 'given up');
      ending.abort(reason);
      expect(await hanging).to.equal(reason);
      expect(await waiting).to.include({ object_key: 'b', status: 'success' });
      await Promise.all([first.close(), second.close()]);
    });

    it('also go on with the object that the processor has, if the other task ends', async () => {
      const enter = mock.method(ObjectsInHand.prototype, 'enter').mock;
      const ending = new AbortController();
      const [first, second] = [share(1), share(1, ending)];
      await first.process('a');
      const all = [second.process('b'), first.process('hang-beside-others')];
      const waiting = failure(second.process('c'));
      await until(
        () => enter.calls.filter(({ arguments: [, stage] }) => stage === 'processing').length === 3,
        'the processor has it in hand',
      );
      ending.abort(new TaskError('ProcessorTimeout', 'given up'));
      await waiting;
      const results = await Promise.all(all);
      expect(results.map(({ status }) => status)).to.deep.equal(['success', 'success']);
      await Promise.all([first.close(), second.close()]);
    });

    it('learn that the slot is almost done, except a task with which a worker died', async () => {
      let told = 0;
      const onAlmostDone = () => {
        told += 1;
      };
      const of = { workerId: 'worker', signal: NEVER, onAlmostDone };
      const process = async (deaths: number) => {
        const task = rig.slots.open({ task: { ...taskOf('a'), deaths }, ...of });
        await task.process('a');
        await task.close();
      };
      await process(1);
      await process(1);
      expect(told).to.equal(0);
      await process(0);
      expect(told).to.be.greaterThan(0);
    });
  });
});
