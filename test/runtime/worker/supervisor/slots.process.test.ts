/** Slots as processes: real ones, that hang, block, crash, take memory and leave children. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mock } from 'node:test';
import { setImmediate, setInterval } from 'node:timers/promises';
import { expect } from 'chai';
import type { Task } from '../../../../runtime/contract';
import type { TaskInLane } from '../../../../runtime/worker/supervisor/lane';
import { ObjectsInHand } from '../../../../runtime/worker/supervisor/objects-in-hand';
import { GroupMemory } from '../../../../runtime/worker/supervisor/process-group';
import { Slots, type SlotsOptions } from '../../../../runtime/worker/supervisor/slots';
import { TaskError } from '../../../../runtime/worker/task-error';
import { isGone, processesWith } from '../../../support/processes';
import { until } from '../../../support/until';
import { captureLines } from '../../support/lines';
import { taskOf, writeSlot } from '../../support/task-cloud';

const NEVER = new AbortController().signal;

describe('the slots of a worker', () => {
  const lines = captureLines();
  let slot: Awaited<ReturnType<typeof writeSlot>>;
  let slots: Slots;
  let opened: Slots[];
  before(async () => {
    slot = await writeSlot();
  });
  after(() => slot.remove());
  const open = (change: Partial<SlotsOptions> = {}) => {
    slots = new Slots({
      slots: 2,
      slotMemoryMiB: 128,
      deadlineSeconds: 60,
      objectsInFlight: 1,
      filename: slot.filename,
      ...change,
    });
    opened.push(slots);
  };
  beforeEach(() => {
    opened = [];
    open();
  });
  afterEach(async () => {
    mock.timers.reset();
    mock.restoreAll();
    await Promise.all(opened.map((one) => one.close()));
  });

  const run = (key: string, signal = NEVER, task: Partial<Task> = {}) => {
    const lane = slots.open({ task: { ...taskOf(key), ...task }, workerId: 'worker', signal });
    return lane.process(key).finally(() => lane.close());
  };
  /** The process that has processed an object. */
  const pidOf = async (key: string, task: Partial<Task> = {}) =>
    Number((await run(key, NEVER, task)).worker_id);
  const failure = (running: Promise<unknown>): Promise<Error> =>
    running.then(
      () => expect.fail('it succeeded'),
      (error) => error,
    );
  /** Deadlines of a second: they pass when `passDeadline` says so, however long a process takes to start. */
  const openWithDeadline = (change: Partial<SlotsOptions> = {}) => {
    open({ deadlineSeconds: 1, ...change });
    mock.timers.enable({ apis: ['setTimeout'] });
    const add = mock.method(ObjectsInHand.prototype, 'add').mock;
    const enter = mock.method(ObjectsInHand.prototype, 'enter').mock;
    const turns = () => enter.calls.filter(({ arguments: [, stage] }) => stage === 'processing').length;
    /** Once a process has been given an object, and so many of them have had their turn with the processor. */
    const passDeadline = async (begun: number) => {
      for await (const _ of setInterval(5)) if (add.callCount() > 0 && turns() === begun) break;
      mock.timers.tick(1_000);
    };
    return { passDeadline };
  };
  const onLinux = (test: Mocha.Context) => process.platform === 'linux' || test.skip();

  it('answer what they are given', async () => {
    expect(await run('a')).to.include({ object_key: 'a', status: 'success' });
    expect(await failure(run('fail'))).to.include({
      name: 'PermanentError',
      message: 'no',
      userStack: '    at a (processors/a.ts:1:1)',
    });
  });

  it('are kept for the next object, one process for each at a time', async () => {
    const first = await pidOf('a');
    expect(await pidOf('b')).to.equal(first);
    const pids = await Promise.all([pidOf('c'), pidOf('d')]);
    expect(new Set(pids)).to.have.property('size', 2);
    expect(pids).to.include(first);
  });

  describe('that are prepared', () => {
    const MARK = 'PREPARED_BY';
    let mark: string;
    const pids = () => processesWith(MARK, mark).map(({ pid }) => pid);
    beforeEach(async function () {
      onLinux(this);
      mark = randomUUID();
      open({ slots: 1, environment: { ...process.env, [MARK]: mark } });
      await slots.prepare();
      expect(pids()).to.have.length(1);
    });

    it('have no processor: the first task takes the process, whatever its processor, and others start their own', async () => {
      const [prepared] = pids();
      expect(await pidOf('a', { processor: 'checksum' })).to.equal(prepared);
      expect(await pidOf('a', { processor: 'gzip' })).not.to.equal(prepared);
      expect(await pidOf('a', { processor: 'checksum' })).to.equal(prepared);
    });

    it('are replaced where they have ended', async () => {
      const [prepared = 0] = pids();
      process.kill(prepared, 'SIGKILL');
      await until(
        () => run('a').catch(() => undefined),
        'an object is processed after the worker has heard of the end',
      );
      expect(pids()).to.have.length(1);
    });
  });

  it('belong to one processor with one set of parameters, and are kept side by side', async () => {
    open({ slots: 1 });
    const kinds: Partial<Task>[] = [
      { processor: 'gzip' },
      { processor: 'checksum' },
      { parameters: { a: 1, b: 2 } },
      { parameters: { a: 1, b: 3 } },
    ];
    const pids = [];
    for (const kind of kinds) pids.push(await pidOf('a', kind));
    expect(new Set(pids)).to.have.property('size', 4);
    expect(await pidOf('a', { parameters: { b: 2, a: 1 } })).to.equal(pids[2]);
    for (const [index, kind] of kinds.entries()) expect(await pidOf('a', kind)).to.equal(pids[index]);
  });

  it('are four processes a slot at most, without those that have ended: the one that was idle for longest ends', async () => {
    open({ slots: 1 });
    await failure(run('exit'));
    const processors = ['a', 'b', 'c', 'd'];
    const pids = [];
    for (const processor of processors) pids.push(await pidOf('a', { processor }));
    await pidOf('a', { processor: 'a' });
    await pidOf('a', { processor: 'e' });
    expect(pids.map((pid) => isGone(pid))).to.deep.equal([false, true, false, false]);
  });

  it('that are idle end where all together hold more than the slots may', async function () {
    onLinux(this);
    open({ slots: 1, slotMemoryMiB: 192 });
    const first = await pidOf('hold', { processor: 'a' });
    const second = await pidOf('hold', { processor: 'b' });
    await until(() => isGone(first), 'the one that was idle for longest ends');
    expect(await pidOf('a', { processor: 'b' })).to.equal(second);
  });

  it('say with each result what they held at most', async function () {
    onLinux(this);
    open({ slots: 1, slotMemoryMiB: 192 });
    await run('hold');
    // Somebody looks now and then.
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

  it('that say that they are spent are replaced', async () => {
    const first = await pidOf('spent');
    expect(isGone(first)).to.equal(true);
    expect(await pidOf('a')).not.to.equal(first);
  });

  const crashes: [string, RegExp][] = [
    ['exit', /^its process ended with exit code 3$/],
    ['segfault', /^its process was ended by SIGSEGV$/],
    ['killed', /^its process was ended by SIGKILL$/],
    ['throw', /^its process ended with exit code 1: .*Error: thrown$/],
    ['setup', /^its process ended with exit code 3 in the setup of the processor$/],
    ['words', /^its process was ended by SIGABRT: libmodel: cannot allocate$/],
    ['heap', /^its process was ended by SIGABRT: out of memory, beyond 96 MiB of heap$/],
    ['hang-up', /^its process was ended by SIGKILL$/],
  ];
  for (const [key, message] of crashes) {
    it(`"${key}": that object fails as ProcessorCrashed, and no other`, async () => {
      const [error] = await Promise.all([failure(run(key)), run('a'), run('b')]);
      expect(error).to.include({ name: 'ProcessorCrashed' });
      expect(error.message).to.match(message);
      await Promise.all([run('c'), run('d')]);
    });
  }

  for (const key of ['buffers', 'child-memory']) {
    it(`"${key}": memory outside of the heap counts, and the limit is named`, async function () {
      onLinux(this);
      const [error] = await Promise.all([failure(run(key)), run('a')]);
      expect(error).to.include({ name: 'ProcessorCrashed' });
      expect(error.message).to.match(/^out of memory: its process held \d+ MiB, its limit is 128$/);
      await run('b');
    });
  }

  it('may start processes that share their memory with them: it counts once', async function () {
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

  for (const key of ['hang', 'block']) {
    it(`"${key}": ends at the deadline, by name`, async () => {
      const { passDeadline } = openWithDeadline();
      const failed = failure(run(key));
      await passDeadline(1);
      expect(await failed).to.include({
        name: 'ProcessorTimeout',
        message: 'not done after 1 s; its process was ended',
      });
      await run('a');
    });

    it(`"${key}": ends with the signal's reason`, async () => {
      const first = await pidOf('a');
      const ending = new AbortController();
      const reason = new TaskError('WorkerInterrupted', 'stop');
      const ended = failure(run(key, ending.signal));
      // It is on its way to the slot.
      await setImmediate();
      ending.abort(reason);
      expect(await ended).to.equal(reason);
      expect(isGone(first)).to.equal(true);
      await run('a');
    });
  }

  describe('with several objects of a task at a time', () => {
    beforeEach(() => open({ slots: 1, objectsInFlight: 3 }));
    const outcomes = async (...keys: string[]) => {
      const lane = slots.open({ task: taskOf(...keys), workerId: 'worker', signal: NEVER });
      const ended = await Promise.all(
        keys.map((key) => lane.process(key).catch((error: TaskError) => error.name)),
      );
      await lane.close();
      return ended.map((one) => (typeof one === 'string' ? one : 'success'));
    };

    it('have that many at most, and one as long as the processor has had none', async () => {
      const lane = slots.open({ task: taskOf('a'), workerId: 'worker', signal: NEVER });
      const pids = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => lane.process(key)));
      await lane.close();
      expect(new Set(pids.map(({ worker_id: pid }) => pid))).to.have.property('size', 1);
      const inFlight = pids.map(({ attempt }) => attempt);
      expect(inFlight[0]).to.equal(1);
      expect(Math.max(...inFlight)).to.equal(3);
    });

    for (const key of ['exit', 'segfault', 'throw']) {
      it(`"${key}": costs the object that the processor has in hand, and no other`, async () => {
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

    it('process those again that were being written when the process ended, and name one that ends it every time', async () => {
      expect(await outcomes('a', 'exit-writing', 'b')).to.deep.equal([
        'success',
        'ProcessorCrashed',
        'success',
      ]);
    });

    it('end at the deadline for the object that is late', async () => {
      const { passDeadline } = openWithDeadline({ slots: 1, objectsInFlight: 3 });
      const ended = outcomes('a', 'hang', 'b');
      await passDeadline(2);
      expect(await ended).to.deep.equal(['success', 'ProcessorTimeout', 'success']);
    });

    it('end for the object that blocks the process, not for one that it keeps from being written', async () => {
      const { passDeadline } = openWithDeadline({ slots: 1, objectsInFlight: 3 });
      const ended = outcomes('a', 'written-late', 'block', 'b');
      await passDeadline(3);
      expect(await ended).to.deep.equal([...['success', 'success', 'ProcessorTimeout', 'success']]);
    });

    it('replace a process that gives objects back', async () => {
      expect(await outcomes('a', 'b', 'given-back-once', 'c')).to.deep.equal(Array(4).fill('success'));
    });

    it('have one for a task that a worker died with', async () => {
      const lane = slots.open({ task: { ...taskOf('a'), deaths: 1 }, workerId: 'worker', signal: NEVER });
      const results = await Promise.all(['a', 'b', 'c'].map((key) => lane.process(key)));
      await lane.close();
      expect(results.map(({ attempt }) => attempt)).to.deep.equal([1, 1, 1]);
    });

    it('end all of them with the signal', async () => {
      const ending = new AbortController();
      const lane = slots.open({ task: taskOf('a'), workerId: 'worker', signal: ending.signal });
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
      slots.open({
        task: { ...taskOf('a'), slot, ...change },
        workerId: 'worker',
        signal: ending.signal,
      });
    const pidIn = async (task: TaskInLane, key: string) => Number((await task.process(key)).worker_id);

    it('have one process for both where their slot is the same, else one for each', async () => {
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

    it('lose the object that ends their process, and no other of either', async () => {
      const [first, second] = [share(1), share(1)];
      await first.process('a');
      const all = [first.process('b'), second.process('segfault'), first.process('c'), second.process('d')];
      const outcomes = await Promise.all(all.map((one) => one.catch((error: TaskError) => error.name)));
      expect(outcomes[1]).to.equal('ProcessorCrashed');
      expect(outcomes.filter((one) => typeof one !== 'string')).to.have.length(3);
      await Promise.all([first.close(), second.close()]);
    });

    it('go on with one where the other ends', async () => {
      const ending = new AbortController();
      const [first, second] = [share(1), share(1, ending)];
      await first.process('a');
      const hanging = failure(second.process('hang'));
      const waiting = first.process('b');
      // They are on their way to the slot.
      await setImmediate();
      const reason = new TaskError('ProcessorTimeout', 'given up');
      ending.abort(reason);
      expect(await hanging).to.equal(reason);
      expect(await waiting).to.include({ object_key: 'b', status: 'success' });
      await Promise.all([first.close(), second.close()]);
    });

    it('go on with the object that the processor has in hand, too, where the task that ends is the other one', async () => {
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

    it('hear that the slot is almost done, except one that a worker died with', async () => {
      let told = 0;
      const onAlmostDone = () => {
        told += 1;
      };
      const of = { workerId: 'worker', signal: NEVER, onAlmostDone };
      const process = async (deaths: number) => {
        const task = slots.open({ task: { ...taskOf('a'), deaths }, ...of });
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

  it('say at the deadline what they were busy with', async () => {
    const { passDeadline } = openWithDeadline();
    const failed = failure(run('loading'));
    await passDeadline(0);
    expect(await failed).to.include({
      name: 'ProcessorTimeout',
      message: 'not done after 1 s while it loaded the processor; its process was ended',
    });
  });

  it('log what native code writes to standard error, with the object', async () => {
    await failure(run('words'));
    expect(lines[0]).to.include({
      level: 'warn',
      message: 'libmodel: cannot allocate',
      processor: 'gzip',
      key: 'words',
    });
  });

  it('leave neither processes that have left their group nor files', async function () {
    onLinux(this);
    const said = async (key: string) => {
      const ending = new AbortController();
      const ended = failure(run(key, ending.signal));
      const word = key === 'detached' ? 'far ' : 'scratch ';
      const line = await until(() => lines.find(({ message }) => message?.startsWith(word)), 'it says so');
      ending.abort(new TaskError('WorkerInterrupted', 'stop'));
      await ended;
      return line.message?.slice(word.length) ?? '';
    };
    const pid = Number(await said('detached'));
    await until(() => isGone(pid), 'the process ends');
    expect(existsSync(await said('scratch'))).to.equal(false);
  });

  it('begin nothing for a signal that is aborted', async () => {
    const reason = new TaskError('WorkerInterrupted', 'stop');
    expect(await failure(run('a', AbortSignal.abort(reason)))).to.equal(reason);
  });

  it('end with what the processor has started', async function () {
    onLinux(this);
    const leader = await pidOf('a');
    const children = () =>
      readFileSync(`/proc/${leader}/task/${leader}/children`, 'utf8').trim().split(' ').map(Number);
    const ending = new AbortController();
    const ended = failure(run('child', ending.signal));
    const [child = 0] = await until(() => {
      const [first] = children();
      return first ? [first] : undefined;
    }, 'a child process runs');
    ending.abort(new TaskError('WorkerInterrupted', 'stop'));
    await ended;
    await until(() => isGone(child), 'the child process ends');
  });

  it('are replaced where they end between two objects', async () => {
    const first = await pidOf('exit-later');
    await until(() => isGone(first), 'it has ended');
    expect(await pidOf('a')).not.to.equal(first);
  });

  it('that end when an object is on its way to them cost nothing', async () => {
    const first = await pidOf('a');
    process.kill(first, 'SIGKILL');
    expect(await pidOf('b')).not.to.equal(first);
  });

  it('that never begin fail the object', async () => {
    open({ filename: `${slot.filename}-not-there` });
    const error = await failure(run('a'));
    expect(error).to.include({ name: 'ProcessorCrashed' });
    expect(error.message).to.match(
      /^its process ended with exit code 1 while it loaded the processor: .*Cannot find module/,
    );
  });

  it('do not take messages of the processor for answers', async () => {
    expect(await run('chatter')).to.include({ object_key: 'chatter' });
  });

  it("are the first that the kernel's OOM killer takes", async function () {
    onLinux(this);
    const pid = await pidOf('a');
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).to.equal('1000');
  });

  it('lead a process group of their own, which signals for the worker do not reach', async function () {
    onLinux(this);
    const pid = await pidOf('a');
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    expect(Number(fields?.[2])).to.equal(pid);
  });

  it('are gone after they are closed, idle or not', async () => {
    const pids = [await pidOf('a')];
    const ended = failure(run('hang'));
    const other = await pidOf('b');
    await slots.close();
    for (const pid of [...pids, other]) expect(isGone(pid)).to.equal(true);
    expect(await ended).to.include({ name: 'ProcessorCrashed' });
  });
});
