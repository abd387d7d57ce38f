import { mock } from 'node:test';
import { expect } from 'chai';
import type { Parameters } from '../../../../runtime/contract';
import { TaskError } from '../../../../runtime/worker/task-error';
import { SlotAssigner, type SlotAssignment } from '../../../../runtime/worker/tasks/slot-assigner';
import { isSettled } from '../../support/settled';

const NEVER = new AbortController().signal;
/** A task, by the number of workers that died with it and the setup of its slot. */
const task = (deaths = 0, processor = 'gzip', parameters: Parameters = {}) => ({
  deaths,
  processor,
  parameters,
});
const ALONE = { handedBack: 'the worker tries another task alone' };
const STOPPED = { handedBack: 'the worker was told to stop' };

describe("the assignments of a worker's tasks to its slots", () => {
  let assigner: SlotAssigner;
  beforeEach(() => {
    assigner = new SlotAssigner(3);
  });
  const begin = async (deaths = 0): Promise<SlotAssignment> => {
    const assignment = assigner.newAssignment();
    expect((await assignment.begin(task(deaths), NEVER)).handedBack).to.equal(undefined);
    return assignment;
  };
  const handedBack = (deaths = 0) => assigner.newAssignment().begin(task(deaths), NEVER);

  it('are side by side, as many as there are slots, also for tasks with which one worker died', async () => {
    const first = await begin();
    await begin(1);
    expect(assigner.free).to.equal(1);
    await begin();
    expect(assigner.free).to.equal(0);
    first.end();
    first.end();
    expect(assigner.free).to.equal(1);
  });

  it('have a slot each, the first one that is free', async () => {
    const [first, second, third] = [
      assigner.newAssignment(),
      assigner.newAssignment(),
      assigner.newAssignment(),
    ];
    expect(await first.begin(task(), NEVER)).to.deep.equal({ slot: 1 });
    expect(await second.begin(task(), NEVER)).to.deep.equal({ slot: 2 });
    first.end();
    expect(await third.begin(task(), NEVER)).to.deep.equal({ slot: 1 });
    expect(await assigner.newAssignment().begin(task(), NEVER)).to.deep.equal({ slot: 3 });
  });

  it('come in order if no slot is free, and not at all if none becomes free soon', async () => {
    const [first] = [await begin(), await begin(), await begin()];
    const [second, third] = [assigner.newAssignment(), assigner.newAssignment()];
    const beginning = [second.begin(task(), NEVER), third.begin(task(), NEVER)];
    first.end();
    expect(await beginning[0]).to.deep.equal({ slot: 1 });
    expect(await beginning[1]).to.deep.equal({ handedBack: 'no slot is free' });
    third.end();
    expect(assigner.free).to.equal(0);
    second.end();
    await begin();
  });

  it('put a second task into a slot whose first one is almost done', async () => {
    assigner = new SlotAssigner(1);
    const [first, second, third] = [
      assigner.newAssignment(),
      assigner.newAssignment(),
      assigner.newAssignment(),
    ];
    await first.begin(task(), NEVER);
    expect(assigner.free).to.equal(0);
    first.endSoon();
    first.endSoon();
    expect(assigner.free).to.equal(1);
    expect(await second.begin(task(), NEVER)).to.deep.equal({ slot: 1 });
    second.endSoon();
    // Both tasks may have only their reports left. A slot whose reports are not accepted takes no other task.
    expect(assigner.free).to.equal(0);
    const beginning = third.begin(task(), NEVER);
    expect(await isSettled(beginning)).to.equal(false);
    first.end();
    expect(await beginning).to.deep.equal({ slot: 1 });
    first.endSoon();
    expect(assigner.free).to.equal(0);
    second.end();
    expect(assigner.free).to.equal(0);
    third.endSoon();
    expect(assigner.free).to.equal(1);
    third.end();
    expect(assigner.free).to.equal(1);
  });

  it('prefer a free slot to one that is almost done', async () => {
    const first = await begin();
    first.endSoon();
    expect(await assigner.newAssignment().begin(task(), NEVER)).to.deep.equal({ slot: 2 });
  });

  const STRANGERS: [string, ReturnType<typeof task>, ReturnType<typeof task>][] = [
    ['of another processor', task(), task(0, 'checksum')],
    ['with other parameters', task(0, 'gzip', { level: 1 }), task(0, 'gzip', { level: 2 })],
    ['with which a worker died', task(), task(1)],
    ['if a worker died with the first', task(1), task()],
    ['if a worker died with both', task(1), task(1)],
  ];
  for (const [which, one, other] of STRANGERS) {
    it(`give a slot of its own to a task ${which}, also if it arrives while the slot is almost done`, async () => {
      assigner = new SlotAssigner(1);
      const first = assigner.newAssignment();
      await first.begin(one, NEVER);
      first.endSoon();
      expect(assigner.free).to.equal(1);
      const beginning = assigner.newAssignment().begin(other, NEVER);
      expect(assigner.free).to.equal(0);
      expect(await isSettled(beginning)).to.equal(false);
      first.endSoon();
      expect(await isSettled(beginning)).to.equal(false);
      first.end();
      expect(await beginning).to.deep.equal({ slot: 1 });
    });
  }

  it('begin in a slot as soon as that is almost done, if a task waits', async () => {
    assigner = new SlotAssigner(1);
    const first = assigner.newAssignment();
    await first.begin(task(0, 'gzip', { a: 1, b: 2 }), NEVER);
    const beginning = assigner.newAssignment().begin(task(0, 'gzip', { b: 2, a: 1 }), NEVER);
    expect(await isSettled(beginning)).to.equal(false);
    first.endSoon();
    expect(await beginning).to.deep.equal({ slot: 1 });
  });

  it('keep that place open for a second: the object may take longer than others, or the report may hang', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const assigner = new SlotAssigner(1);
      const first = assigner.newAssignment();
      await first.begin(task(), NEVER);
      const passSecond = () => {
        mock.timers.tick(999);
        expect(assigner.free).to.equal(1);
        mock.timers.tick(1);
        expect(assigner.free).to.equal(0);
      };
      first.endSoon();
      passSecond();
      first.endSoon();
      mock.timers.tick(500);
      first.endSoon();
      passSecond();
      first.end();
      expect(assigner.free).to.equal(1);
    } finally {
      mock.timers.reset();
    }
  });

  it('keep no such place before they begin, or beside a task that is alone', async () => {
    const assigner = new SlotAssigner(2);
    assigner.newAssignment().endSoon();
    expect(assigner.free).to.equal(2);
    const alone = assigner.newAssignment();
    await alone.begin(task(2), NEVER);
    alone.endSoon();
    expect(assigner.free).to.equal(0);
  });

  it('are exclusive for a task with which two workers died: after the tasks in progress, and before any other', async () => {
    const others = [await begin(), await begin()];
    const suspicious = assigner.newAssignment();
    const alone = suspicious.begin(task(2), NEVER);
    expect(assigner.free).to.equal(0);
    others[0]?.end();
    expect(await isSettled(alone)).to.equal(false);
    expect(await handedBack()).to.deep.equal(ALONE);
    expect(await handedBack(3)).to.deep.equal(ALONE);
    others[1]?.end();
    expect(await alone).to.deep.equal({ slot: 1 });
    expect(await handedBack()).to.deep.equal(ALONE);
    suspicious.end();
    expect(assigner.free).to.equal(3);
    await begin();
  });

  it('come at once for such a task if no other is in progress', async () => {
    (await begin(2)).end();
    (await begin(20)).end();
    await begin();
  });

  it('go on after one that was given up while it waited', async () => {
    const other = await begin();
    const ending = new AbortController();
    const alone = assigner.newAssignment().begin(task(2), ending.signal);
    const reason = new TaskError('WorkerInterrupted', 'stop');
    ending.abort(reason);
    expect(await alone.catch((error) => error)).to.equal(reason);
    expect(assigner.free).to.equal(2);
    other.end();
    await begin(2);
  });

  it('no longer begin once the worker stops, for any waiting task', async () => {
    const inHand = await begin();
    const alone = assigner.newAssignment().begin(task(2), NEVER);
    assigner.close();
    expect(await alone).to.deep.equal(STOPPED);
    expect(await handedBack()).to.deep.equal(STOPPED);
    expect(await handedBack(2)).to.deep.equal(STOPPED);
    expect(assigner.free).to.equal(0);
    inHand.end();
    expect(await handedBack()).to.deep.equal(STOPPED);

    assigner = new SlotAssigner(1);
    await begin();
    const waiting = handedBack();
    assigner.close();
    expect(await waiting).to.deep.equal(STOPPED);
    // It ends at once, before the wait for a slot is over.
    expect(await isSettled(handedBack())).to.equal(true);
  });

  it('may be awaited by any number of tasks', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const inHand = [await begin(), await begin(), await begin()];
    const waiting = Array.from({ length: 20 }, () => assigner.newAssignment());
    const begun = waiting.map((assignment) => assignment.begin(task(), NEVER));
    await isSettled(Promise.all(begun));
    process.off('warning', listen);
    expect(warnings).to.deep.equal([]);
    assigner.close();
    for (const assignment of inHand) assignment.end();
    await Promise.all(begun);
  });

  it('report slots that get a first task, may get another one, or lose the last one', async () => {
    const told: string[] = [];
    assigner = new SlotAssigner(1, {
      slotTaken: () => told.push('taken'),
      taskEnding: () => told.push('ending'),
      slotFreed: () => told.push('freed'),
    });
    const first = await begin();
    await handedBack();
    first.endSoon();
    const second = await begin();
    first.end();
    expect(told).to.deep.equal(['taken', 'ending']);
    second.end();
    // The task has ended.
    second.endSoon();
    expect(told).to.deep.equal(['taken', 'ending', 'freed']);
  });
});
