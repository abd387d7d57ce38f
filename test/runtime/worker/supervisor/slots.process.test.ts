/** Slots as processes: real ones, that hang, block, crash and leave children. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Task } from '../../../../runtime/contract';
import { TaskError } from '../../../../runtime/worker/task-error';
import { failure } from '../../../support/failure';
import { isGone, processesWith } from '../../../support/processes';
import { until } from '../../../support/until';
import { onLinux, slotsRig } from '../../support/slots-rig';

describe('the slots of a worker', () => {
  const rig = slotsRig();
  const { lines, open, run, pidOf, openWithDeadline } = rig;

  it('answer for each object', async () => {
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
      await rig.slots.prepare();
      expect(pids()).to.have.length(1);
    });

    it('have no processor: the first task takes the process, with any processor, and others start their own', async () => {
      const [prepared] = pids();
      expect(await pidOf('a', { processor: 'checksum' })).to.equal(prepared);
      expect(await pidOf('a', { processor: 'gzip' })).not.to.equal(prepared);
      expect(await pidOf('a', { processor: 'checksum' })).to.equal(prepared);
    });

    it('are replaced if they have ended', async () => {
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

  it('are four processes a slot at most, without those that have ended: the one that was idle longest ends', async () => {
    open({ slots: 1 });
    await failure(run('exit'));
    const processors = ['a', 'b', 'c', 'd'];
    const pids = [];
    for (const processor of processors) pids.push(await pidOf('a', { processor }));
    await pidOf('a', { processor: 'a' });
    await pidOf('a', { processor: 'e' });
    expect(pids.map((pid) => isGone(pid))).to.deep.equal([false, true, false, false]);
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
    it(`"${key}": only that object fails as ProcessorCrashed`, async () => {
      const [error] = await Promise.all([failure(run(key)), run('a'), run('b')]);
      expect(error).to.include({ name: 'ProcessorCrashed' });
      expect(error.message).to.match(message);
      await Promise.all([run('c'), run('d')]);
    });
  }

  for (const key of ['hang', 'block']) {
    it(`"${key}": ends at the deadline, as ProcessorTimeout`, async () => {
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
      // The object is being sent to the slot.
      await setImmediate();
      ending.abort(reason);
      expect(await ended).to.equal(reason);
      expect(isGone(first)).to.equal(true);
      await run('a');
    });
  }

  it('say at the deadline what they were doing', async () => {
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

  it('are replaced if they end between two objects', async () => {
    const first = await pidOf('exit-later');
    await until(() => isGone(first), 'it has ended');
    expect(await pidOf('a')).not.to.equal(first);
  });

  it('that end while an object is being sent to them fail no object', async () => {
    const first = await pidOf('a');
    process.kill(first, 'SIGKILL');
    expect(await pidOf('b')).not.to.equal(first);
  });

  it('that never begin fail the object', async () => {
    open({ filename: `${rig.filename}-not-there` });
    const error = await failure(run('a'));
    expect(error).to.include({ name: 'ProcessorCrashed' });
    expect(error.message).to.match(
      /^its process ended with exit code 1 while it loaded the processor: .*Cannot find module/,
    );
  });

  it('do not mistake messages of the processor for answers', async () => {
    expect(await run('chatter')).to.include({ object_key: 'chatter' });
  });

  it("are the first that the kernel's OOM killer ends", async function () {
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
    await rig.slots.close();
    for (const pid of [...pids, other]) expect(isGone(pid)).to.equal(true);
    expect(await ended).to.include({ name: 'ProcessorCrashed' });
  });

  const CLOSED: [string, () => unknown][] = [
    ['before an object has a process, start none for it', () => {}],
    ['before they begin an object, start no other process for it', () => setImmediate()],
  ];
  for (const [when, wait] of CLOSED) {
    it(`that are closed ${when}`, async () => {
      await run('a');
      const ended = failure(run('hang'));
      await wait();
      await rig.slots.close();
      expect(await ended).to.include({ name: 'ProcessorCrashed' });
    });
  }
});
