/** One task: the activity's input in, what is to be reported and counted out. */
import { expect } from 'chai';
import type { SlotAnswer } from '../../../../runtime/worker/slot/messages';
import { TaskError } from '../../../../runtime/worker/task-error';
import { type PerformOptions, performTask } from '../../../../runtime/worker/tasks/perform-task';
import type { TaskFailure } from '../../../../runtime/worker/tasks/report';
import { captureLines } from '../../support/lines';
import { resultOf, taskOf } from '../../support/task-cloud';

const ANSWER: SlotAnswer = { results: [resultOf('a')], failures: [], failedItems: [] };
const NEVER = new AbortController().signal;

describe('performing a task', () => {
  const lines = captureLines();
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
    const before = performance.now();
    await perform(() => new Promise((resolve) => setTimeout(() => resolve(ANSWER), 100)));
    expect(lines[1]?.seconds).to.be.within(0.09, (performance.now() - before) / 1000 + 0.01);
  });

  it('ends it at its deadline, by name', async () => {
    const performed = await perform(untilAborted, ['a', 'b'], NEVER, 0.05);
    expect(failureOf(performed)).to.deep.include({
      error: 'ProcessorTimeout',
      message: 'a: not done after 0.05 s; its thread was terminated',
      failed_items: [0, 1],
    });
    expect(performed).to.deep.include({ results: [], failed: 2 });
  });

  it('does not end it before', async () => {
    const performed = await perform(
      (_request, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          setTimeout(() => resolve(ANSWER), 100);
        }),
      ['a'],
      NEVER,
      30,
    );
    expect(performed.failed).to.equal(0);
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
