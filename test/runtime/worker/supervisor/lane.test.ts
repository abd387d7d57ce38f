/** The way of tasks through slots. The test plays the processes: which one gets which object, and when. */
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import type { ObjectResult } from '../../../../runtime/contract';
import type { ObjectStage } from '../../../../runtime/worker/slot/messages';
import { Lane, type TaskInLane } from '../../../../runtime/worker/supervisor/lane';
import { NotAtFault } from '../../../../runtime/worker/supervisor/objects-in-hand';
import type { SlotProcess } from '../../../../runtime/worker/supervisor/slot-process';
import { TaskError } from '../../../../runtime/worker/task-error';
import { settled } from '../../support/settled';
import { resultOf, taskOf } from '../../support/task-cloud';

interface Given {
  key: string;
  isRepeated: boolean;
  workerId: string;
  begin(): void;
  write(): void;
  succeed(): void;
  fail(error: Error): void;
}

/** The part of a slot's process that a lane sees. */
class Stand {
  canWork = true;
  hasProcessed = false;
  secondsPerTurn?: number;
  isEnded = false;
  readonly given: Given[] = [];

  process(
    { key, isRepeated, workerId }: { key: string; isRepeated: boolean; workerId: string },
    onStage: (stage: ObjectStage) => void,
  ): Promise<ObjectResult> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.hasProcessed = true;
        onStage('processing');
      };
      this.given.push({
        key,
        isRepeated,
        workerId,
        begin,
        write: () => onStage('writing'),
        succeed: () => resolve(resultOf(key)),
        fail: reject,
      });
    });
  }

  end(): void {
    this.canWork = false;
    this.isEnded = true;
  }

  /** The process ends, and its objects fail as `ObjectsInHand` says. */
  crash(errors: Error[]): void {
    this.canWork = false;
    for (const [index, { fail }] of this.given.entries())
      fail(errors[index] ?? new NotAtFault('its process ended'));
  }
}

const CRASH = new TaskError('ProcessorCrashed', 'its process ended with exit code 3');

describe('the way of tasks through a slot', () => {
  let stands: Stand[];
  let ready: Stand[];
  let givenBack: Stand[];
  let outcomes: string[];
  let ending: AbortController;
  let lane: Lane;
  let first: TaskInLane;
  let almostDone: number;
  const join = ({ signal }: AbortController) => {
    const { objects: _, ...task } = taskOf('a');
    const onAlmostDone = () => {
      almostDone += 1;
    };
    return lane.join({ task, workerId: 'w', signal, onAlmostDone });
  };
  const open = (objectsInFlight = 3) => {
    lane = new Lane({
      objectsInFlight,
      async take() {
        const stand = ready.shift() ?? new Stand();
        stands.push(stand);
        return stand as unknown as SlotProcess;
      },
      async giveBack(slot) {
        givenBack.push(slot as unknown as Stand);
      },
    });
  };
  beforeEach(() => {
    stands = [];
    ready = [];
    givenBack = [];
    outcomes = [];
    almostDone = 0;
    ending = new AbortController();
    open();
    first = join(ending);
  });
  const warm = (secondsPerTurn?: number) => {
    const stand = new Stand();
    stand.hasProcessed = true;
    stand.secondsPerTurn = secondsPerTurn;
    ready.push(stand);
    return stand;
  };
  const process = (...keys: string[]) => processIn(first, ...keys);
  const processIn = (task: TaskInLane, ...keys: string[]) => {
    for (const key of keys) {
      void task.process(key).then(
        ({ status }) => outcomes.push(`${key} ${status}`),
        ({ name, message }) => outcomes.push(`${key} ${name}: ${message}`),
      );
    }
    return settled();
  };
  const keysIn = (stand = 0) => stands[stand]?.given.map(({ key }) => key);
  const object = (key: string, stand = 0) => {
    const found = stands[stand]?.given.find((each) => each.key === key);
    if (!found) throw new Error(`${key} is not in process ${stand}`);
    return found;
  };
  const act = (what: () => void) => {
    what();
    return settled();
  };

  it('is for one object until the process has finished one, then for as many as may be in flight, in order', async () => {
    await process('a', 'b', 'c', 'd');
    expect(keysIn()).to.deep.equal(['a']);
    await act(object('a').begin);
    expect(keysIn()).to.deep.equal(['a', 'b', 'c']);
    await act(object('a').succeed);
    expect(keysIn()).to.deep.equal(['a', 'b', 'c', 'd']);
    for (const key of ['d', 'b', 'c']) await act(object(key).succeed);
    expect(outcomes).to.deep.equal(['a success', 'd success', 'b success', 'c success']);
    expect(stands).to.have.length(1);
    expect(object('a')).to.include({ isRepeated: false, workerId: 'w' });
  });

  it('is at once for several if the slot has processed before', async () => {
    warm();
    await process('a', 'b', 'c', 'd');
    expect(keysIn()).to.deep.equal(['a', 'b', 'c']);
  });

  it('gives its slot back when it is closed, once', async () => {
    await process('a');
    await act(object('a').succeed);
    await first.close();
    await first.close();
    expect(givenBack).to.deep.equal(stands);
    expect(getEventListeners(ending.signal, 'abort')).to.deep.equal([]);
    ending.abort(CRASH);
    expect(stands[0]?.isEnded).to.equal(false);
  });

  it('takes no slot if it has no object', async () => {
    await first.close();
    expect([stands, givenBack]).to.deep.equal([[], []]);
  });

  it('fails the object that fails, and goes on with the same process', async () => {
    await process('a', 'b');
    object('a').begin();
    await act(() => object('a').fail(new TaskError('ProcessorError', 'no')));
    await act(object('b').succeed);
    expect(outcomes).to.deep.equal(['a ProcessorError: no', 'b success']);
    expect(stands).to.have.length(1);
  });

  it('gives objects that are not at fault to another process, each alone, before those that have not begun', async () => {
    await process('a', 'b', 'c', 'd');
    await act(object('a').begin);
    await act(() => stands[0]?.crash([CRASH]));
    expect(outcomes).to.deep.equal(['a ProcessorCrashed: its process ended with exit code 3']);
    expect(givenBack).to.deep.equal([stands[0]]);
    expect(stands).to.have.length(2);
    const [one = ''] = keysIn(1) ?? [];
    expect(['b', 'c']).to.include(one);
    await act(object(one, 1).begin);
    expect(keysIn(1)).to.have.length(1);
    await act(object(one, 1).succeed);
    const other = one === 'b' ? 'c' : 'b';
    expect(keysIn(1)).to.deep.equal([one, other]);
    await act(object(other, 1).succeed);
    expect(keysIn(1)).to.deep.equal([one, other, 'd']);
    await act(object('d', 1).succeed);
    expect(outcomes.slice(1).sort()).to.deep.equal(['b success', 'c success', 'd success']);
  });

  it('processes those again that were being written, and remembers it', async () => {
    const stand = warm();
    await process('a', 'b');
    await act(() => stand.crash([new NotAtFault('ended', true), new NotAtFault('ended')]));
    // They run one after the other, each alone.
    for (const count of [1, 2]) {
      expect(keysIn(1)).to.have.length(count);
      await act(() => stands[1]?.given.at(-1)?.succeed());
    }
    const repeated = Object.fromEntries(
      (stands[1]?.given ?? []).map(({ key, isRepeated }) => [key, isRepeated]),
    );
    expect(repeated).to.deep.equal({ a: true, b: false });
  });

  it('is given up for an object if a new process does not begin with it', async () => {
    await process('a', 'b');
    await act(() => stands[0]?.crash([new NotAtFault('no module')]));
    expect(outcomes).to.deep.equal(['a ProcessorCrashed: its process did not begin: no module']);
    expect(keysIn(1)).to.deep.equal(['b']);
  });

  it('also processes the first object of a process again if the next one ends the process while the first is being written', async () => {
    await process('a', 'b');
    await act(object('a').begin);
    await act(object('b').begin);
    await act(() => stands[0]?.crash([new NotAtFault('ended', true), CRASH]));
    expect(outcomes).to.deep.equal(['b ProcessorCrashed: its process ended with exit code 3']);
    expect(keysIn(1)).to.deep.equal(['a']);
    expect(object('a', 1).isRepeated).to.equal(true);
    await act(object('a', 1).succeed);
    expect(outcomes[1]).to.equal('a success');
  });

  it('replaces a slot that can no longer work before the next object', async () => {
    await process('a');
    object('a').begin();
    if (stands[0]) stands[0].canWork = false;
    await process('b');
    expect(keysIn()).to.deep.equal(['a']);
    await act(object('a').succeed);
    expect(givenBack).to.deep.equal([stands[0]]);
    expect(keysIn(1)).to.deep.equal(['b']);
  });

  it('ends with the signal: the slot ends, and all objects fail with its reason', async () => {
    await process('a', 'b');
    await act(() => ending.abort(new TaskError('WorkerInterrupted', 'stop')));
    expect(stands[0]?.isEnded).to.equal(true);
    expect(outcomes).to.deep.equal(['b WorkerInterrupted: stop']);
    await act(() => stands[0]?.crash([CRASH]));
    await process('c');
    expect(outcomes.slice(1)).to.deep.equal(['a WorkerInterrupted: stop', 'c WorkerInterrupted: stop']);
    expect(stands).to.have.length(1);
  });

  it('gives nothing to a process that was taken when the signal came', async () => {
    const taking = process('a');
    ending.abort(new TaskError('WorkerInterrupted', 'stop'));
    await taking;
    expect(outcomes).to.deep.equal(['a WorkerInterrupted: stop']);
    expect(keysIn()).to.deep.equal([]);
  });

  describe('that two tasks share', () => {
    let otherEnding: AbortController;
    let second: TaskInLane;
    let stand: Stand;
    const INTERRUPTED = new TaskError('WorkerInterrupted', 'stop');
    beforeEach(() => {
      otherEnding = new AbortController();
      second = join(otherEnding);
      stand = warm();
    });

    it('has the objects of the second after those of the first, in one process, as many as one task would have', async () => {
      await process('a', 'b');
      await processIn(second, 'c', 'd');
      expect(keysIn()).to.deep.equal(['a', 'b', 'c']);
      await act(object('a').succeed);
      expect(keysIn()).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(stands).to.have.length(1);
    });

    it('keeps its slot until both are closed', async () => {
      await process('a');
      await processIn(second, 'b');
      await act(object('a').succeed);
      await first.close();
      expect(givenBack).to.deep.equal([]);
      expect(lane.isOpen).to.equal(true);
      await act(object('b').succeed);
      await second.close();
      expect(givenBack).to.deep.equal([stand]);
      expect(lane.isOpen).to.equal(false);
    });

    it('fails the object at fault of one task when the process ends, and no other of either', async () => {
      await process('a');
      await processIn(second, 'b', 'c');
      await act(() => stand.crash([new NotAtFault('ended', true), CRASH]));
      expect(outcomes).to.deep.equal(['b ProcessorCrashed: its process ended with exit code 3']);
      for (const count of [1, 2]) {
        expect(keysIn(1)).to.have.length(count);
        await act(() => stands[1]?.given.at(-1)?.succeed());
      }
      expect(outcomes.slice(1).sort()).to.deep.equal(['a success', 'c success']);
      expect(object('a', 1).isRepeated).to.equal(true);
    });

    it('ends its process with the signal of one, and processes the objects of the other again', async () => {
      await process('a');
      await processIn(second, 'b', 'c', 'd');
      await process('e');
      await act(() => otherEnding.abort(INTERRUPTED));
      expect(stand.isEnded).to.equal(true);
      // It was not in the process. Nor was the other task's object, which still waits.
      expect(outcomes).to.deep.equal(['d WorkerInterrupted: stop']);
      await act(() => stand.crash([]));
      expect(outcomes.slice(1)).to.deep.equal(['b WorkerInterrupted: stop', 'c WorkerInterrupted: stop']);
      expect(keysIn(1)).to.deep.equal(['a']);
      await act(object('a', 1).succeed);
      await act(object('e', 1).succeed);
      expect(outcomes.slice(-2)).to.deep.equal(['a success', 'e success']);
    });

    it('does not touch its process if that has no object of the task that ends', async () => {
      await process('a', 'b', 'c');
      await processIn(second, 'd', 'e');
      await act(() => otherEnding.abort(INTERRUPTED));
      expect(outcomes).to.deep.equal(['d WorkerInterrupted: stop', 'e WorkerInterrupted: stop']);
      expect(stand.isEnded).to.equal(false);
      for (const key of ['a', 'b', 'c']) await act(object(key).succeed);
      expect(outcomes.slice(2)).to.deep.equal(['a success', 'b success', 'c success']);
      // The signal of a task that has closed has no effect any longer.
      await first.close();
      await processIn(second);
      await second.close();
      ending.abort(INTERRUPTED);
      expect(stand.isEnded).to.equal(false);
    });
  });

  describe('reports that it is almost done', () => {
    it('when the processor needs a second for what is left, from what it needed before', async () => {
      warm(0.3);
      await process('a', 'b', 'c', 'd');
      expect(almostDone).to.equal(0);
      await act(object('a').begin);
      expect(almostDone).to.equal(0);
      await act(object('a').write);
      expect(almostDone).to.equal(1);
      await act(object('b').begin);
      expect(almostDone).to.equal(2);
    });

    it('at once if all its objects take less', async () => {
      warm(0.5);
      await process('a', 'b');
      expect(almostDone).to.be.greaterThan(0);
    });

    it('neither while the time of an object is unknown, nor for the objects of a task that waits', async () => {
      warm();
      await process('a');
      await act(object('a').begin);
      await act(object('a').write);
      expect(almostDone).to.equal(0);
      const stand = stands[0] as Stand;
      stand.secondsPerTurn = 0.4;
      await process('b', 'c', 'd', 'e');
      expect(almostDone).to.equal(0);
    });

    it('not for objects that another process gets: the processor has to process them again', async () => {
      const stand = warm(0.6);
      warm(0.6);
      await process('a', 'b');
      await act(object('a').begin);
      await act(() => stand.crash([]));
      expect(keysIn(1)).to.have.length(1);
      expect(almostDone).to.equal(0);
    });

    it('to both tasks, and for the objects of both', async () => {
      const second = join(new AbortController());
      warm(0.4);
      await process('a', 'b');
      const before = almostDone;
      await processIn(second, 'c');
      expect(almostDone).to.equal(before);
      await act(object('a').write);
      expect(almostDone).to.equal(before + 2);
    });
  });
});
