/** One task: from the activity's input to the report and the counts. */
import { mock } from 'node:test';
import { expect } from 'chai';
import { TaskError } from '../../../../runtime/worker/task-error';
import { type PerformOptions, performTask } from '../../../../runtime/worker/tasks/perform-task';
import type { TaskFailure } from '../../../../runtime/worker/tasks/report';
import { SlotAssigner } from '../../../../runtime/worker/tasks/slot-assigner';
import { lanes, type ProcessInLane } from '../../support/lanes';
import { captureLines } from '../../support/lines';
import { resultOf, taskOf } from '../../support/task-cloud';

const NEVER = new AbortController().signal;

/** A slot in which objects fail as their keys say. */
const slot =
  (failures: Record<string, TaskError> = {}, seen: string[] = []): ProcessInLane =>
  async ({ key }) => {
    seen.push(key);
    const failure = failures[key];
    if (failure) throw failure;
    return resultOf(key);
  };

describe('performing a task', () => {
  const lines = captureLines();
  afterEach(() => mock.reset());
  const perform = (process: ProcessInLane, keys = ['a'], signal = NEVER) =>
    performTask(
      JSON.stringify(taskOf(...keys)),
      { open: lanes(process), workerId: 'worker', assignment: new SlotAssigner(1).newAssignment() },
      signal,
    );
  const failureOf = ({ report }: { report: unknown }) => {
    const { error, cause } = report as TaskFailure;
    const { started_at, ...rest } = JSON.parse(cause);
    if ('slot' in rest) expect(started_at).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    return { error, ...rest };
  };
  const logged = () =>
    lines.map(({ level, message, execution, attempt, objects }) => [
      level,
      message,
      execution,
      attempt,
      objects,
    ]);

  it('gives its objects to a slot one after the other, and reports what became of them', async () => {
    const requests: unknown[] = [];
    let inHand = 0;
    const performed = await perform(
      async (request) => {
        requests.push(request);
        inHand += 1;
        expect(inHand).to.equal(1);
        await new Promise((resolve) => setImmediate(resolve));
        inHand -= 1;
        return resultOf(request.key);
      },
      ['a', 'b'],
    );
    const { objects: _, ...task } = taskOf('a', 'b');
    const request = { task: { ...task, slot: 1 }, workerId: 'worker' };
    expect(requests).to.deep.equal([
      { ...request, key: 'a' },
      { ...request, key: 'b' },
    ]);
    const results = [resultOf('a'), resultOf('b')];
    expect(performed).to.deep.equal({ report: { output: JSON.stringify(results) }, results, failed: 0 });
    expect(logged()).to.deep.equal([
      ['info', 'Processing task', 'run', 1, 2],
      ['info', 'Task completed', 'run', 1, 2],
    ]);
    expect(lines[0]).not.to.have.property('deaths');
  });

  it('goes on after an object that failed, a crash included, and names and counts both kinds', async () => {
    const crash = new TaskError('ProcessorCrashed', 'its process was ended by SIGSEGV');
    const gone = new TaskError('ObjectNotFound', 'gone');
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const performed = await perform(slot({ b: gone, d: crash }), keys);
    expect(performed.results.map(({ object_key }) => object_key)).to.deep.equal(['a', 'c', 'e']);
    expect(performed.failed).to.equal(2);
    expect(failureOf(performed)).to.deep.equal({
      error: 'ProcessorCrashed',
      message: 'd: its process was ended by SIGSEGV',
      worker_id: 'worker',
      slot: 1,
      attempt: 1,
      failed_items: [1, 3],
      failed: [
        { object_key: 'b', error: 'ObjectNotFound', message: 'gone' },
        { object_key: 'd', error: 'ProcessorCrashed', message: 'its process was ended by SIGSEGV' },
      ],
      succeeded_count: 3,
      skipped_count: 0,
    });
    expect(logged().filter(([, , , , objects]) => objects)).to.deep.equal([
      ['info', 'Processing task', 'run', 1, 5],
      ['error', 'Task failed', 'run', 1, 5],
    ]);
    expect(lines.at(-1)).to.include({ error: 'ProcessorCrashed' });
  });

  it('logs each object that failed, with the place, which is in the report too', async () => {
    const stack = '    at a (processors/a/index.ts:1:1)';
    const error = new TaskError('ProcessorError', 'Error: no', stack);
    const performed = await perform(slot({ a: error }));
    expect(failureOf(performed).failed).to.deep.equal([
      { object_key: 'a', error: 'ProcessorError', message: 'Error: no', stack },
    ]);
    expect(lines[1]).to.deep.include({
      level: 'error',
      message: 'S3 object failed',
      key: 'a',
      execution: 'run',
      slot: 1,
      attempt: 1,
      error: 'ProcessorError',
      cause: 'Error: no',
      stack,
    });
  });

  it('begins at another object after deaths of workers, and reports in the order of the objects', async () => {
    const seen: string[] = [];
    const gone = new TaskError('ObjectNotFound', 'gone');
    const task = { ...taskOf('a', 'b', 'c'), deaths: 1 };
    const options = {
      open: lanes(slot({ b: gone }, seen)),
      workerId: 'worker',
      assignment: new SlotAssigner(1).newAssignment(),
    };
    const performed = await performTask(JSON.stringify(task), options, NEVER);
    expect(seen).to.deep.equal(['c', 'b', 'a']);
    expect(performed.results.map(({ object_key }) => object_key)).to.deep.equal(['a', 'c']);
    expect(failureOf(performed)).to.deep.include({ failed_items: [1] });
    expect(lines[0]).to.include({ message: 'Processing task', deaths: 1 });
  });

  it('is handed back while the worker tries another one alone', async () => {
    const assigner = new SlotAssigner(2);
    const alone = assigner.newAssignment();
    await alone.begin({ ...taskOf('b'), deaths: 2 }, NEVER);
    const process = () => expect.fail('nothing runs');
    const performed = await performTask(
      JSON.stringify(taskOf('a')),
      { open: lanes(process), workerId: 'w', assignment: assigner.newAssignment() },
      NEVER,
    );
    expect(failureOf(performed)).to.deep.include({ error: 'WorkerInterrupted', failed_items: [0] });
    expect(performed).to.deep.include({ results: [], failed: 0 });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({
      message: 'Task handed back',
      reason: 'the worker tries another task alone',
      execution: 'run',
      objects: 1,
    });
    alone.end();
    const later = await performTask(
      JSON.stringify(taskOf('a')),
      { open: lanes(slot()), workerId: 'w', assignment: assigner.newAssignment() },
      NEVER,
    );
    expect(later.results).to.have.length(1);
  });

  it('lets the next task into its slot when that is almost done', async () => {
    const assigner = new SlotAssigner(1);
    const next = assigner.newAssignment();
    const free: number[] = [];
    const open: PerformOptions['open'] = ({ onAlmostDone }) => ({
      async process(key) {
        free.push(assigner.free);
        onAlmostDone?.();
        free.push(assigner.free);
        return resultOf(key);
      },
      close: async () => {},
    });
    const options = { open, workerId: 'w', assignment: assigner.newAssignment() };
    const performed = await performTask(JSON.stringify(taskOf('a')), options, NEVER);
    expect(performed.results).to.have.length(1);
    expect(free).to.deep.equal([0, 1]);
    expect(await next.begin(taskOf('b'), NEVER)).to.deep.equal({ slot: 1 });
  });

  it('is handed back if the worker has to stop while it waits to be tried alone', async () => {
    const assigner = new SlotAssigner(2);
    await assigner.newAssignment().begin(taskOf('b'), NEVER);
    const stopping = new AbortController();
    const process = () => expect.fail('nothing runs');
    const task = JSON.stringify({ ...taskOf('a'), deaths: 2 });
    const performing = performTask(
      task,
      { open: lanes(process), workerId: 'w', assignment: assigner.newAssignment() },
      stopping.signal,
    );
    stopping.abort(new TaskError('WorkerInterrupted', 'stop'));
    expect(failureOf(await performing)).to.deep.include({ error: 'WorkerInterrupted' });
  });

  it('says how long it took, in seconds', async () => {
    let now = 5_000;
    mock.method(performance, 'now', () => now);
    await perform(async () => {
      now += 300.4;
      return resultOf('a');
    });
    expect(lines[1]?.seconds).to.equal(0.3);
  });

  /** Aborts when it reaches object "b". */
  const abortAtSecond = (reason: TaskError) => {
    const ending = new AbortController();
    const seen: string[] = [];
    const process: ProcessInLane = async ({ key }, signal) => {
      seen.push(key);
      if (key === 'b') ending.abort(reason);
      signal.throwIfAborted();
      return resultOf(key);
    };
    return { seen, process, signal: ending.signal };
  };

  it('is handed back if the worker has to stop: no object has failed, and no other is begun', async () => {
    const { seen, process, signal } = abortAtSecond(new TaskError('WorkerInterrupted', 'stop'));
    const performed = await perform(process, ['a', 'b', 'c'], signal);
    expect(failureOf(performed)).to.deep.include({ error: 'WorkerInterrupted', succeeded_count: 0 });
    expect(performed).to.deep.include({ results: [resultOf('a')], failed: 0 });
    expect(seen).to.deep.equal(['a', 'b']);
  });

  it('is handed back also if an object had failed, which uses up no retry', async () => {
    const { process, signal } = abortAtSecond(new TaskError('WorkerInterrupted', 'stop'));
    const failing: ProcessInLane = (request, given) =>
      request.key === 'a' ? Promise.reject(new TaskError('ProcessorError', 'no')) : process(request, given);
    const performed = await perform(failing, ['a', 'b'], signal);
    expect(failureOf(performed)).to.deep.include({ error: 'WorkerInterrupted' });
    expect(performed.failed).to.equal(0);
  });

  it('ends if Step Functions has given it up: objects that are not done have failed', async () => {
    const { process, signal } = abortAtSecond(new TaskError('ProcessorTimeout', 'given up'));
    const performed = await perform(process, ['a', 'b', 'c'], signal);
    expect(failureOf(performed)).to.deep.include({ error: 'ProcessorTimeout', failed_items: [0, 1, 2] });
    expect(performed).to.deep.include({ results: [resultOf('a')], failed: 2 });
  });

  it('refuses what is not a task', async () => {
    const process = () => expect.fail('nothing runs');
    const performed = await performTask(
      '{"bucket":1}',
      { open: lanes(process), workerId: 'worker', assignment: new SlotAssigner(1).newAssignment() },
      NEVER,
    );
    expect(performed).to.deep.include({ results: [], failed: 0 });
    expect(performed.report).to.include({ error: 'InvalidTask' });
    expect((performed.report as TaskFailure).cause).to.match(/^bucket: .*objects: /);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({
      level: 'error',
      message: 'Invalid task',
      cause: (performed.report as TaskFailure).cause,
    });
  });
});
