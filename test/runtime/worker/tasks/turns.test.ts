import { expect } from 'chai';
import { TaskError } from '../../../../runtime/worker/task-error';
import { Turns } from '../../../../runtime/worker/tasks/turns';
import { isSettled } from '../../support/settled';

const NEVER = new AbortController().signal;

describe("the turns of a worker's tasks", () => {
  let turns: Turns;
  beforeEach(() => {
    turns = new Turns();
  });
  const take = async (deaths = 0) => {
    const end = await turns.take(deaths, NEVER);
    if (!end) throw new Error('it is handed back');
    return end;
  };

  it('are side by side, also of tasks that one worker died with', async () => {
    await take();
    await take(1);
    await take();
    await turns.open(NEVER);
  });

  it('come alone for a task that two workers died with: after those in hand, and before any other', async () => {
    const ends = [await take(), await take()];
    const alone = turns.take(2, NEVER);
    const next = turns.open(NEVER);
    ends[0]?.();
    expect(await isSettled(alone)).to.equal(false);
    expect(await turns.take(0, NEVER)).to.equal(undefined);
    expect(await turns.take(3, NEVER)).to.equal(undefined);
    ends[1]?.();
    const end = await alone;
    expect(await turns.take(0, NEVER)).to.equal(undefined);
    expect(await isSettled(next)).to.equal(false);
    end?.();
    await next;
    await take();
  });

  it('come at once for such a task where no other is in hand', async () => {
    const end = await take(2);
    end();
    (await take(20))();
    await take();
  });

  it('go on after one that was given up while it waited', async () => {
    const end = await take();
    const ending = new AbortController();
    const alone = turns.take(2, ending.signal);
    const next = turns.open(NEVER);
    const reason = new TaskError('WorkerInterrupted', 'stop');
    ending.abort(reason);
    expect(await alone.catch((error) => error)).to.equal(reason);
    await next;
    await take();
    end();
    await take();
  });

  it('end the wait of a poll where the worker drains', async () => {
    await take(2);
    const ending = new AbortController();
    const next = turns.open(ending.signal);
    ending.abort(new Error('draining'));
    expect(await next.catch(({ message }) => message)).to.equal('draining');
  });
});
