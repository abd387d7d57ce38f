import { mock } from 'node:test';
import { expect } from 'chai';
import type { Parameters } from '../../../../runtime/contract';
import { TaskError } from '../../../../runtime/worker/task-error';
import { type Turn, Turns } from '../../../../runtime/worker/tasks/turns';
import { isSettled } from '../../support/settled';

const NEVER = new AbortController().signal;
/** A task, by the workers that died with it and what its slot is set up for. */
const task = (deaths = 0, processor = 'gzip', parameters: Parameters = {}) => ({
  deaths,
  processor,
  parameters,
});
const ALONE = { refusal: 'the worker tries another task alone' };
const STOPPED = { refusal: 'the worker was told to stop' };

describe("the turns of a worker's tasks", () => {
  let turns: Turns;
  beforeEach(() => {
    turns = new Turns(3);
  });
  const begin = async (deaths = 0): Promise<Turn> => {
    const turn = turns.next();
    expect((await turn.begin(task(deaths), NEVER)).refusal).to.equal(undefined);
    return turn;
  };
  const refused = (deaths = 0) => turns.next().begin(task(deaths), NEVER);

  it('are side by side, as many as there are slots, also of tasks that one worker died with', async () => {
    const first = await begin();
    await begin(1);
    expect(turns.free).to.equal(1);
    await begin();
    expect(turns.free).to.equal(0);
    first.end();
    first.end();
    expect(turns.free).to.equal(1);
  });

  it('have a slot each, the first one that is free', async () => {
    const [first, second, third] = [turns.next(), turns.next(), turns.next()];
    expect(await first.begin(task(), NEVER)).to.deep.equal({ slot: 1 });
    expect(await second.begin(task(), NEVER)).to.deep.equal({ slot: 2 });
    first.end();
    expect(await third.begin(task(), NEVER)).to.deep.equal({ slot: 1 });
    expect(await turns.next().begin(task(), NEVER)).to.deep.equal({ slot: 3 });
  });

  it('come in order where no slot is free, and not at all where none becomes free soon', async () => {
    const [first] = [await begin(), await begin(), await begin()];
    const [second, third] = [turns.next(), turns.next()];
    const beginning = [second.begin(task(), NEVER), third.begin(task(), NEVER)];
    first.end();
    expect(await beginning[0]).to.deep.equal({ slot: 1 });
    expect(await beginning[1]).to.deep.equal({ refusal: 'no slot is free' });
    third.end();
    expect(turns.free).to.equal(0);
    second.end();
    await begin();
  });

  it('are of two tasks in a slot where the first is almost done', async () => {
    turns = new Turns(1);
    const [first, second, third] = [turns.next(), turns.next(), turns.next()];
    await first.begin(task(), NEVER);
    expect(turns.free).to.equal(0);
    first.endSoon();
    first.endSoon();
    expect(turns.free).to.equal(1);
    expect(await second.begin(task(), NEVER)).to.deep.equal({ slot: 1 });
    second.endSoon();
    // Both may only have their reports left, and a slot whose reports are not accepted takes no other task.
    expect(turns.free).to.equal(0);
    const beginning = third.begin(task(), NEVER);
    expect(await isSettled(beginning)).to.equal(false);
    first.end();
    expect(await beginning).to.deep.equal({ slot: 1 });
    first.endSoon();
    expect(turns.free).to.equal(0);
    second.end();
    expect(turns.free).to.equal(0);
    third.endSoon();
    expect(turns.free).to.equal(1);
    third.end();
    expect(turns.free).to.equal(1);
  });

  it('are in a free slot rather than in one that is almost done', async () => {
    const first = await begin();
    first.endSoon();
    expect(await turns.next().begin(task(), NEVER)).to.deep.equal({ slot: 2 });
  });

  const STRANGERS: [string, ReturnType<typeof task>, ReturnType<typeof task>][] = [
    ['of another processor', task(), task(0, 'checksum')],
    ['with other parameters', task(0, 'gzip', { level: 1 }), task(0, 'gzip', { level: 2 })],
    ['that a worker died with', task(), task(1)],
    ['where a worker died with the first', task(1), task()],
    ['where a worker died with both', task(1), task(1)],
  ];
  for (const [which, one, other] of STRANGERS) {
    it(`are in a slot of its own for a task ${which}, also where that is polled for while the slot is almost done`, async () => {
      turns = new Turns(1);
      const first = turns.next();
      await first.begin(one, NEVER);
      first.endSoon();
      expect(turns.free).to.equal(1);
      const beginning = turns.next().begin(other, NEVER);
      expect(turns.free).to.equal(0);
      expect(await isSettled(beginning)).to.equal(false);
      first.endSoon();
      expect(await isSettled(beginning)).to.equal(false);
      first.end();
      expect(await beginning).to.deep.equal({ slot: 1 });
    });
  }

  it('begin in a slot as soon as that is almost done, where a task waits', async () => {
    turns = new Turns(1);
    const first = turns.next();
    await first.begin(task(0, 'gzip', { a: 1, b: 2 }), NEVER);
    const beginning = turns.next().begin(task(0, 'gzip', { b: 2, a: 1 }), NEVER);
    expect(await isSettled(beginning)).to.equal(false);
    first.endSoon();
    expect(await beginning).to.deep.equal({ slot: 1 });
  });

  it('leave that room for a second: the object may take longer than others, or the report may hang', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const turns = new Turns(1);
      const first = turns.next();
      await first.begin(task(), NEVER);
      const passSecond = () => {
        mock.timers.tick(999);
        expect(turns.free).to.equal(1);
        mock.timers.tick(1);
        expect(turns.free).to.equal(0);
      };
      first.endSoon();
      passSecond();
      first.endSoon();
      mock.timers.tick(500);
      first.endSoon();
      passSecond();
      first.end();
      expect(turns.free).to.equal(1);
    } finally {
      mock.timers.reset();
    }
  });

  it('leave no such room before they begin, or beside a task that is alone', async () => {
    const turns = new Turns(2);
    turns.next().endSoon();
    expect(turns.free).to.equal(2);
    const alone = turns.next();
    await alone.begin(task(2), NEVER);
    alone.endSoon();
    expect(turns.free).to.equal(0);
  });

  it('come alone for a task that two workers died with: after those in hand, and before any other', async () => {
    const others = [await begin(), await begin()];
    const suspicious = turns.next();
    const alone = suspicious.begin(task(2), NEVER);
    expect(turns.free).to.equal(0);
    others[0]?.end();
    expect(await isSettled(alone)).to.equal(false);
    expect(await refused()).to.deep.equal(ALONE);
    expect(await refused(3)).to.deep.equal(ALONE);
    others[1]?.end();
    expect(await alone).to.deep.equal({ slot: 1 });
    expect(await refused()).to.deep.equal(ALONE);
    suspicious.end();
    expect(turns.free).to.equal(3);
    await begin();
  });

  it('come at once for such a task where no other is in hand', async () => {
    (await begin(2)).end();
    (await begin(20)).end();
    await begin();
  });

  it('go on after one that was given up while it waited', async () => {
    const other = await begin();
    const ending = new AbortController();
    const alone = turns.next().begin(task(2), ending.signal);
    const reason = new TaskError('WorkerInterrupted', 'stop');
    ending.abort(reason);
    expect(await alone.catch((error) => error)).to.equal(reason);
    expect(turns.free).to.equal(2);
    other.end();
    await begin(2);
  });

  it('begin no more once they are closed, whatever a task waits for', async () => {
    const inHand = await begin();
    const alone = turns.next().begin(task(2), NEVER);
    turns.close();
    expect(await alone).to.deep.equal(STOPPED);
    expect(await refused()).to.deep.equal(STOPPED);
    expect(await refused(2)).to.deep.equal(STOPPED);
    expect(turns.free).to.equal(0);
    inHand.end();
    expect(await refused()).to.deep.equal(STOPPED);

    turns = new Turns(1);
    await begin();
    const waiting = refused();
    turns.close();
    expect(await waiting).to.deep.equal(STOPPED);
    // Not only after the wait for a slot.
    expect(await isSettled(refused())).to.equal(true);
  });

  it('may be waited for by any number of tasks', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const inHand = [await begin(), await begin(), await begin()];
    const waiting = Array.from({ length: 20 }, () => turns.next());
    const begun = waiting.map((turn) => turn.begin(task(), NEVER));
    await isSettled(Promise.all(begun));
    process.off('warning', listen);
    expect(warnings).to.deep.equal([]);
    turns.close();
    for (const turn of inHand) turn.end();
    await Promise.all(begun);
  });

  it('tell of slots that get a first task, may get another one, or lose the last one', async () => {
    const told: string[] = [];
    turns = new Turns(1, {
      slotTaken: () => told.push('taken'),
      taskEnding: () => told.push('ending'),
      slotFreed: () => told.push('freed'),
    });
    const first = await begin();
    await refused();
    first.endSoon();
    const second = await begin();
    first.end();
    expect(told).to.deep.equal(['taken', 'ending']);
    second.end();
    // Its turn is over.
    second.endSoon();
    expect(told).to.deep.equal(['taken', 'ending', 'freed']);
  });
});
