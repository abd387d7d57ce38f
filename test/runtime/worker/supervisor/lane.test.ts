/** A task's way through slots whose processes are the test's: which object is given to which process, and when. */
import { expect } from 'chai';
import type { ObjectResult } from '../../../../runtime/contract';
import { Lane } from '../../../../runtime/worker/supervisor/lane';
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
  succeed(): void;
  fail(error: Error): void;
}

/** What a lane knows of a slot's process. */
class Stand {
  canWork = true;
  hasProcessed = false;
  isEnded = false;
  readonly given: Given[] = [];

  process(
    { key, isRepeated, workerId }: { key: string; isRepeated: boolean; workerId: string },
    onProcessing: () => void,
  ): Promise<ObjectResult> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.hasProcessed = true;
        onProcessing();
      };
      this.given.push({
        key,
        isRepeated,
        workerId,
        begin,
        succeed: () => resolve(resultOf(key)),
        fail: reject,
      });
    });
  }

  end(): void {
    this.canWork = false;
    this.isEnded = true;
  }

  /** It ends: the objects in it fail as `ObjectsInHand` says. */
  crash(errors: Error[]): void {
    this.canWork = false;
    for (const [index, { fail }] of this.given.entries())
      fail(errors[index] ?? new NotAtFault('its process ended'));
  }
}

const CRASH = new TaskError('ProcessorCrashed', 'its process ended with exit code 3');

describe("a task's way through a slot", () => {
  let stands: Stand[];
  let ready: Stand[];
  let givenBack: Stand[];
  let outcomes: string[];
  let ending: AbortController;
  let lane: Lane;
  const open = (objectsInFlight = 3) => {
    const { objects: _, ...task } = taskOf('a');
    lane = new Lane({
      task,
      workerId: 'w',
      signal: ending.signal,
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
    ending = new AbortController();
    open();
  });
  const process = (...keys: string[]) => {
    for (const key of keys) {
      void lane.process(key).then(
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

  it('is for one object as long as the process has shown nothing, then for as many as may be in flight, in order', async () => {
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

  it('is at once for several where the slot has processed before', async () => {
    const warm = new Stand();
    warm.hasProcessed = true;
    ready.push(warm);
    await process('a');
    await process('b', 'c', 'd');
    expect(keysIn()).to.deep.equal(['a', 'b', 'c']);
  });

  it('gives its slot back when it is closed, once', async () => {
    await process('a');
    await act(object('a').succeed);
    await lane.close();
    await lane.close();
    expect(givenBack).to.deep.equal(stands);
    ending.abort(CRASH);
    expect(stands[0]?.isEnded).to.equal(false);
  });

  it('takes no slot where it has no object', async () => {
    await lane.close();
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

  it('gives what is not at fault to another process, each alone, before those that have not begun', async () => {
    await process('a', 'b', 'c', 'd');
    await act(object('a').begin);
    await act(() => stands[0]?.crash([CRASH]));
    expect(outcomes).to.deep.equal(['a ProcessorCrashed: its process ended with exit code 3']);
    expect(givenBack).to.deep.equal([stands[0]]);
    expect(stands).to.have.length(2);
    const [first = ''] = keysIn(1) ?? [];
    expect(['b', 'c']).to.include(first);
    await act(object(first, 1).begin);
    expect(keysIn(1)).to.have.length(1);
    await act(object(first, 1).succeed);
    const second = first === 'b' ? 'c' : 'b';
    expect(keysIn(1)).to.deep.equal([first, second]);
    await act(object(second, 1).succeed);
    expect(keysIn(1)).to.deep.equal([first, second, 'd']);
    await act(object('d', 1).succeed);
    expect(outcomes.slice(1).sort()).to.deep.equal(['b success', 'c success', 'd success']);
  });

  it('makes those again that were being written, and remembers it', async () => {
    const warm = new Stand();
    warm.hasProcessed = true;
    ready.push(warm);
    await process('a');
    await process('b');
    await act(() => warm.crash([new NotAtFault('ended', true), new NotAtFault('ended')]));
    // One after the other, each alone.
    for (const count of [1, 2]) {
      expect(keysIn(1)).to.have.length(count);
      await act(() => stands[1]?.given.at(-1)?.succeed());
    }
    const repeated = Object.fromEntries(
      (stands[1]?.given ?? []).map(({ key, isRepeated }) => [key, isRepeated]),
    );
    expect(repeated).to.deep.equal({ a: true, b: false });
  });

  it('is given up for an object with which a new process does not begin', async () => {
    await process('a', 'b');
    await act(() => stands[0]?.crash([new NotAtFault('no module')]));
    expect(outcomes).to.deep.equal(['a ProcessorCrashed: its process did not begin: no module']);
    expect(keysIn(1)).to.deep.equal(['b']);
  });

  it('makes the first object of a process again, too, where the process ends for the next one while the first is being written', async () => {
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

  it('replaces a slot that can work no more before the next object', async () => {
    await process('a');
    object('a').begin();
    if (stands[0]) stands[0].canWork = false;
    await process('b');
    expect(keysIn()).to.deep.equal(['a']);
    await act(object('a').succeed);
    expect(givenBack).to.deep.equal([stands[0]]);
    expect(keysIn(1)).to.deep.equal(['b']);
  });

  it('ends with the signal: the slot ends, and all objects fail for its reason', async () => {
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
});
