/** One task: the activity's input in, what is to be reported and counted out. */
import { mock } from 'node:test';
import { expect } from 'chai';
import type { SlotAnswer } from '../../../../runtime/worker/slot/messages';
import { TaskError } from '../../../../runtime/worker/task-error';
import { type PerformOptions, performTask } from '../../../../runtime/worker/tasks/perform-task';
import type { TaskFailure } from '../../../../runtime/worker/tasks/report';
import { captureLines } from '../../support/lines';
import { isSettled } from '../../support/settled';
import { resultOf, taskOf } from '../../support/task-cloud';

const ANSWER: SlotAnswer = { results: [resultOf('a')], failures: [], failedItems: [] };
const NEVER = new AbortController().signal;

describe('performing a task', () => {
  const lines = captureLines();
  afterEach(() => {
    mock.reset();
    mock.timers.reset();
  });
  const perform = (run: PerformOptions['run'], keys = ['a'], signal = NEVER, deadlineSeconds = 60) =>
    performTask(
      JSON.stringify(taskOf(...keys)),
      { run, processorName: 'gzip', workerId: 'worker', deadlineSeconds },
      signal,
    );
  const untilAborted: PerformOptions['run'] = (_request, signal) =>
    new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const failureOf = ({ report }: { report: unknown }) => {
    const { error, cause } = report as TaskFailure;
    return { error, ...JSON.parse(cause) };
  };
  const logged = () =>
    lines.map(({ level, message, execution, attempt, objects }) => [
      level,
      message,
      execution,
      attempt,
      objects,
    ]);

  it('gives it to a slot, and reports what the slot answers', async () => {
    const requests: unknown[] = [];
    const performed = await perform(async (request) => {
      requests.push(request);
      return ANSWER;
    });
    expect(requests).to.deep.equal([{ task: taskOf('a'), processorName: 'gzip', workerId: 'worker' }]);
    expect(performed).to.deep.equal({
      report: { output: JSON.stringify(ANSWER.results) },
      results: ANSWER.results,
      failed: 0,
    });
    expect(logged()).to.deep.equal([
      ['info', 'Processing task', 'run', 1, 1],
      ['info', 'Task completed', 'run', 1, 1],
    ]);
  });

  it('reports and counts the objects that failed, and those that did not', async () => {
    const failures = [{ object_key: 'b', error: 'ObjectNotFound', message: 'gone' }];
    const performed = await perform(async () => ({ ...ANSWER, failures, failedItems: [1] }), ['a', 'b']);
    expect(performed).to.deep.include({ results: ANSWER.results, failed: 1 });
    expect(failureOf(performed)).to.deep.include({ error: 'ObjectNotFound', failed_items: [1] });
    expect(logged()).to.deep.equal([
      ['info', 'Processing task', 'run', 1, 2],
      ['error', 'Task failed', 'run', 1, 2],
    ]);
    expect(lines[1]).to.include({ error: 'ObjectNotFound' });
  });

  it('says how long it took, in seconds', async () => {
    let now = 5_000;
    mock.method(performance, 'now', () => now);
    await perform(async () => {
      now += 300.4;
      return ANSWER;
    });
    expect(lines[1]?.seconds).to.equal(0.3);
  });

  it('ends it at its deadline, by name, and not before', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const performing = perform(untilAborted, ['a', 'b'], NEVER, 30);
    mock.timers.tick(29_999);
    expect(await isSettled(performing)).to.equal(false);
    mock.timers.tick(1);
    const performed = await performing;
    expect(failureOf(performed)).to.deep.include({
      error: 'ProcessorTimeout',
      message: 'a: not done after 30 s; its thread was terminated',
      failed_items: [0, 1],
    });
    expect(performed).to.deep.include({ results: [], failed: 2 });
  });

  it('has no deadline any more once it has ended', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let given: AbortSignal | undefined;
    await perform(async (_request, signal) => {
      given = signal;
      return ANSWER;
    });
    mock.timers.tick(60_000);
    expect(given).to.include({ aborted: false });
  });

  it('hands it back where the worker has to stop: no object has failed', async () => {
    const interruption = AbortSignal.abort(new TaskError('WorkerInterrupted', 'stop'));
    const performed = await perform(untilAborted, ['a', 'b'], interruption);
    expect(failureOf(performed)).to.deep.include({ error: 'WorkerInterrupted', succeeded_count: 0 });
    expect(performed).to.deep.include({ results: [], failed: 0 });
  });

  it('fails it where its slot crashes: every object has failed', async () => {
    const crash = () => Promise.reject(new TaskError('ProcessorCrashed', 'exit code 1'));
    const performed = await perform(crash, ['a', 'b']);
    expect(failureOf(performed)).to.deep.include({ error: 'ProcessorCrashed', worker_id: 'worker' });
    expect(performed.failed).to.equal(2);
  });

  it('refuses what is no task', async () => {
    const options = { processorName: 'gzip', workerId: 'worker', deadlineSeconds: 60 } as const;
    const run = () => expect.fail('nothing runs');
    const performed = await performTask('{"bucket":1}', { ...options, run }, NEVER);
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
