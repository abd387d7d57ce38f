/** How many polls are open, and when: a pure decision, with a clock that the test moves. */
import { mock } from 'node:test';
import { ActivityWorkerLimitExceeded } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { ActivityTask } from '../../../runtime/worker/activity';
import { Polls } from '../../../runtime/worker/polls';
import { captureLines } from '../support/lines';
import { isSettled } from '../support/settled';

const TASK: ActivityTask = { token: 'token', input: '{}' };
const NONE = undefined;
const REFUSED = new ActivityWorkerLimitExceeded({ message: 'too many', $metadata: {} });

describe("the worker's polls", () => {
  const lines = captureLines();
  let polls: Polls;
  let free: number;
  let mayFail: boolean;
  let taken: number;
  /** The polls that wait for an answer, the longest wait first. */
  let open: { resolve(task?: ActivityTask): void; reject(error: unknown): void }[];

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    [free, mayFail, taken, open] = [2, true, 0, []];
    polls = new Polls({
      poll: () => new Promise((resolve, reject) => open.push({ resolve, reject })),
      free: () => free,
      take: () => {
        taken += 1;
        free -= 1;
      },
      connected: () => {},
      mayFail: () => mayFail,
    });
    polls.fill();
  });
  afterEach(() => {
    polls.stop();
    mock.timers.reset();
  });

  /** Answers the poll that has waited for longest, and lets the worker react. */
  const answer = async (task: ActivityTask | undefined, times = 1) => {
    for (let count = 0; count < times; count += 1) {
      open.shift()?.resolve(task);
      await isSettled(polls.ended);
    }
  };
  const fail = async (error: unknown) => {
    open.shift()?.reject(error);
    await isSettled(polls.ended);
  };
  /** Seconds. */
  const pass = async (...spans: number[]) => {
    for (const seconds of spans) {
      mock.timers.tick(seconds * 1000);
      await isSettled(polls.ended);
    }
  };

  it('are one for each free slot', async () => {
    expect(open).to.have.length(2);
    polls.fill();
    expect(open).to.have.length(2);
    await answer(TASK);
    expect([taken, open.length]).to.deep.equal([1, 1]);
    await answer(TASK);
    expect([taken, open.length]).to.deep.equal([2, 0]);
    free = 1;
    polls.fill();
    expect(open).to.have.length(1);
  });

  it('go on if none brings a task', async () => {
    await answer(NONE, 5);
    expect(open).to.have.length(2);
  });

  it('increase after every three seconds of waiting, by one for each free slot, up to a hundred', async () => {
    await pass(2.9);
    expect(open).to.have.length(2);
    await pass(0.1);
    expect(open).to.have.length(4);
    await pass(3, 3);
    expect(open).to.have.length(8);
    free = 12;
    await pass(3, 3, 3, 3, 3, 3, 3, 3, 3, 3);
    expect(open).to.have.length(100);
  });

  it('are one for each free slot again when the old ones have ended', async () => {
    await pass(3, 3, 3);
    expect(open).to.have.length(8);
    await answer(TASK);
    // The polls that wait may end; no new ones replace them.
    expect(open).to.have.length(7);
    await answer(NONE, 7);
    expect(open).to.have.length(1);
  });

  it('do not rely on one that is never answered: the slots have others', async () => {
    // The poll that waits longest stays open. The last one brings tasks, one a second.
    for (let second = 0; second < 20; second += 1) {
      open.pop()?.resolve(TASK);
      await pass(1);
      free = 2;
      polls.fill();
    }
    expect(taken).to.equal(20);
    // Every three seconds, one poll gets too old.
    expect(open).to.have.length(2 + 6);
  });

  it('do not increase while no slot is free', async () => {
    await answer(TASK, 2);
    await pass(3, 3, 3);
    free = 1;
    polls.fill();
    expect(open).to.have.length(1);
  });

  it('do not increase if they fail', async () => {
    mock.method(Math, 'random', () => 0);
    await pass(3);
    expect(open).to.have.length(4);
    for (let seconds = 0; seconds < 20; seconds += 2) {
      while (open.length > 0) await fail(new Error('unavailable'));
      await pass(0.001, 2);
      expect(open).to.have.length(2);
    }
    mock.reset();
  });

  it('do not get old while one that has failed waits longer', async () => {
    mock.method(Math, 'random', () => 1);
    free = 1;
    await fail(new Error('unavailable'));
    for (const wait of [0.5, 1, 2]) {
      await fail(new Error('unavailable'));
      expect(open).to.have.length(0);
      await pass(wait);
      expect(open).to.have.length(1);
    }
    await fail(new Error('unavailable'));
    await pass(3.9);
    expect(open).to.have.length(0);
    await pass(0.1);
    expect(open).to.have.length(1);
    mock.reset();
  });

  it('do not increase if other workers have all polls that the activity allows, until a task comes', async () => {
    await pass(3, 3, 3);
    for (let count = 0; count < 3; count += 1) await fail(REFUSED);
    expect(open).to.have.length(5);
    await pass(3, 3, 3);
    expect(open).to.have.length(5);
    // This is not a failure.
    expect(lines).to.deep.equal([]);
    await answer(TASK);
    free = 2;
    await pass(3, 3);
    expect(open.length).to.be.above(5);
  });

  it('decrease at once if they are refused, also while each has a free slot', async () => {
    free = 4;
    polls.fill();
    expect(open).to.have.length(4);
    await fail(REFUSED);
    expect(open).to.have.length(3);
  });

  it('go on with one poll if the last one is refused', async () => {
    free = 1;
    await fail(REFUSED);
    await fail(REFUSED);
    expect(lines.map(({ message }) => message)).to.deep.equal(['Polling failed, trying again']);
    await pass(0.5);
    expect(open).to.have.length(1);
  });

  it('end by themselves: none is opened after the stop, and they have ended when the last one ends', async () => {
    polls.stop();
    polls.fill();
    await pass(3);
    expect(open).to.have.length(2);
    await answer(TASK);
    expect([taken, open.length]).to.deep.equal([1, 1]);
    expect(await isSettled(polls.ended)).to.equal(false);
    await fail(new Error('cut off'));
    await polls.ended;
    expect(lines).to.deep.equal([]);
  });

  it('have ended at once if none is open', async () => {
    await answer(TASK, 2);
    polls.stop();
    await polls.ended;
  });

  it('end with an error that should never happen', async () => {
    mayFail = false;
    const error = new Error('denied');
    await fail(error);
    expect(await polls.ended.catch((reason) => reason)).to.equal(error);
    polls.fill();
    expect(open).to.have.length(1);
  });
});
