/** The worker's states, with the local cloud's Step Functions. The test makes the slots: main.slow.test.ts has real ones. */
import { mock } from 'node:test';
import timers from 'node:timers/promises';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../../local/cloud';
import { ServiceError } from '../../../local/core/service';
import { Metrics } from '../../../runtime/worker/metrics';
import { COUNTED_MILLISECONDS, MAX_POLLS } from '../../../runtime/worker/polls';
import type { Settings } from '../../../runtime/worker/settings';
import type { TaskForLane } from '../../../runtime/worker/supervisor/lane';
import type { Slots } from '../../../runtime/worker/supervisor/slots';
import { WAIT_MILLISECONDS } from '../../../runtime/worker/tasks/slot-assigner';
import { Worker } from '../../../runtime/worker/worker';
import { until } from '../../support/until';
import { lanes } from '../support/lanes';
import { captureLines } from '../support/lines';
import { isSettled } from '../support/settled';
import { resultOf, TaskCloud, taskOf } from '../support/task-cloud';

/** The slots process an object at once, unless its key says that they hang, or hold it until `letGo`. */
let letGo = () => {};
/** The slot with the task that was opened last is almost done. */
let tellAlmostDone = () => {};
const openLane = lanes(({ key }, signal) => {
  if (key === 'hang')
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  if (key !== 'held') return Promise.resolve(resultOf(key));
  return new Promise((resolve) => {
    letGo = () => resolve(resultOf(key));
  });
});
const SLOTS = {
  open(task: TaskForLane) {
    tellAlmostDone = () => task.onAlmostDone?.();
    return openLane(task);
  },
  prepare: async () => {},
  close: async () => {},
} as unknown as Slots;

describe('the worker', () => {
  const lines = captureLines();
  let cloud: TaskCloud;
  let worker: Worker;
  let running: Promise<unknown>;
  let intercept: NonNullable<LocalCloudOptions['intercept']>;
  /** The number of polls so far, and of those that have no answer yet. */
  let polls: number;
  let pollsInFlight: number;
  let mostPolls: number;
  /** Milliseconds. */
  let clock: number;
  let written: string[];

  beforeEach(() => {
    intercept = () => undefined;
    polls = 0;
    pollsInFlight = 0;
    mostPolls = 0;
    written = [];
    clock = 1e6;
    mock.method(performance, 'now', () => clock);
    // No poll gets old, and a slot that is almost done stays so, even on a busy machine. polls.test.ts and slot-assigner.test.ts test the
    // other cases.
    const { setTimeout } = globalThis;
    const endless: unknown[] = [COUNTED_MILLISECONDS, WAIT_MILLISECONDS];
    mock.method(
      globalThis,
      'setTimeout',
      (...[callback, milliseconds, ...args]: Parameters<typeof setTimeout>) =>
        endless.includes(milliseconds) ? undefined : setTimeout(callback, milliseconds, ...args),
    );
  });
  afterEach(async () => {
    mock.reset();
    await stopNow();
    await cloud.close();
  });

  /** A stop without a grace period. */
  const stopNow = () => {
    void worker.stop({});
    return worker.stop({});
  };
  const boot = async (change: Partial<Settings> = {}, activityPollSeconds = 60) => {
    cloud = await TaskCloud.boot({
      activityPollSeconds,
      intercept: (handle) => {
        if (handle.action === 'GetActivityTask') {
          polls += 1;
          pollsInFlight += 1;
          mostPolls = Math.max(mostPolls, pollsInFlight);
        }
        return intercept(handle);
      },
      interceptResponse: ({ action }) => {
        if (action === 'GetActivityTask') pollsInFlight -= 1;
      },
    });
    const settings: Settings = {
      activityArn: cloud.activityArn,
      slots: 3,
      heartbeatIntervalSeconds: 60,
      deadlineSeconds: 60,
      objectsInFlight: 8,
      graceSeconds: 60,
      slotMemoryMiB: 128,
      ...change,
    };
    worker = new Worker(settings, {
      workerId: 'worker',
      activity: cloud.activity(MAX_POLLS),
      slots: SLOTS,
      metrics: new Metrics('family', (line) => written.push(line)),
    });
    lines.length = 0;
    running = worker.run().catch((error) => error);
  };
  /** The messages, in this order. */
  const startAll = async (...keys: string[]) => {
    const executions: string[] = [];
    for (const key of keys) executions.push(await cloud.start(taskOf(key)));
    return executions;
  };
  const refusePolls = (name: string) => {
    intercept = ({ action }) => {
      if (action === 'GetActivityTask') throw new ServiceError(name, 'not now');
    };
  };
  const states = () => lines.flatMap(({ message, state }) => (state ? [[message, state]] : []));
  const said = (text: string) =>
    until(() => lines.some(({ message }) => message === text), `the worker says "${text}"`);

  it('says its states: it starts, works, drains, stops', async () => {
    await boot({}, 0.5);
    const executionArn = await cloud.start(taskOf('a'));
    expect((await cloud.ended(executionArn)).status).to.equal('SUCCEEDED');
    await worker.stop({ signal: 'SIGTERM' });
    expect(await running).to.equal(undefined);
    expect(states()).to.deep.equal([
      ['Worker started', 'starting'],
      ['Worker connected', 'working'],
      ['Worker draining', 'draining'],
      ['Worker stopping', 'stopping'],
    ]);
    const line = (message: string) => lines.find((one) => one.message === message);
    expect(line('Worker started')).to.include({ worker_id: 'worker', slots: 3 });
    expect(line('Worker draining')).to.include({ worker_id: 'worker', signal: 'SIGTERM', grace_seconds: 60 });
    expect(lines.at(-1)).to.include({ message: 'Worker stopped', worker_id: 'worker' });
    // A poll that ends because the worker drains has not failed.
    expect(lines.filter(({ level }) => level !== 'info')).to.deep.equal([]);
    // The last line of its metrics.
    expect(written).to.have.length(1);
    expect(JSON.parse(written[0] ?? '')).to.include({ SlotsBusy: 1, ObjectsProcessed: 1 });
  });

  it('polls for each free slot, and for one task after the other', async () => {
    await boot();
    await until(() => polls === 3, 'three polls');
    const executions = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => cloud.start(taskOf(key))));
    for (const executionArn of executions) {
      expect((await cloud.ended(executionArn)).status).to.equal('SUCCEEDED');
    }
    await until(() => polls === 8, 'polls go on');
    await stopNow();
    expect(polls).to.equal(8);
    expect(mostPolls).to.equal(3);
    expect(states().map(([, state]) => state)).to.deep.equal(['starting', 'working', 'draining', 'stopping']);
  });

  it('performs as many tasks at a time as it has slots', async () => {
    await boot({ slots: 2 });
    const executions = await startAll('hang', 'hang', 'hang');
    await until(
      () => lines.filter(({ message }) => message === 'Processing task').length === 2,
      'two tasks in hand',
    );
    await stopNow();
    expect(polls).to.equal(2);
    expect(lines.filter(({ message }) => message === 'Processing task')).to.have.length(2);
    const interrupted = executions.slice(0, 2).map((executionArn) => cloud.ended(executionArn));
    expect((await Promise.all(interrupted)).map(({ error }) => error)).to.deep.equal([
      'WorkerInterrupted',
      'WorkerInterrupted',
    ]);
  });

  it('polls for the next task, and performs it in the same slot, while that is almost done with the first', async () => {
    await boot({ slots: 1 });
    const held = await cloud.start(taskOf('held'));
    await said('Processing task');
    const next = await cloud.start(taskOf('a'));
    expect(polls).to.equal(1);
    tellAlmostDone();
    expect((await cloud.ended(next)).status).to.equal('SUCCEEDED');
    expect(
      lines.filter(({ message }) => message === 'Processing task').map(({ slot }) => slot),
    ).to.deep.equal([1, 1]);
    letGo();
    expect((await cloud.ended(held)).status).to.equal('SUCCEEDED');
    // The task runs in the slot that is free again.
    expect((await cloud.ended(await cloud.start(taskOf('b')))).status).to.equal('SUCCEEDED');
    await stopNow();
    expect(JSON.parse(written[0] ?? '')).to.include({ SlotsBusy: 1, ObjectsProcessed: 3 });
  });

  it('performs a task with which workers died alone, and does not poll meanwhile', async () => {
    await boot();
    await until(() => polls === 3, 'three polls');
    const alone = await cloud.start({ ...taskOf('hang'), deaths: 2 });
    await said('Processing task');
    // Polls that were open bring two tasks; a third one waits for another worker.
    const others = await startAll('a', 'b', 'c');
    const ended = await Promise.all(others.slice(0, 2).map((executionArn) => cloud.ended(executionArn)));
    expect(ended.map(({ error }) => error)).to.deep.equal(['WorkerInterrupted', 'WorkerInterrupted']);
    expect(polls).to.equal(3);
    expect(lines.filter(({ message }) => message === 'Processing task')).to.have.length(1);
    await cloud.stop(alone);
    await stopNow();
    expect(polls).to.equal(3);
  });

  it('drains: a task in progress may finish, and no poll is begun', async () => {
    await boot({ slots: 1 });
    await said('Worker started');
    const done = cloud.start(taskOf('held'));
    await said('Processing task');
    const stopping = worker.stop({});
    expect(await isSettled(stopping)).to.equal(false);
    letGo();
    await stopping;
    expect((await cloud.ended(await done)).status).to.equal('SUCCEEDED');
    expect(polls).to.equal(1);
  });

  it('drains: open polls end by themselves, and the tasks that they bring are handed back at once', async () => {
    await boot({ slots: 2 });
    await until(() => pollsInFlight === 2, 'two polls');
    const stopping = worker.stop({});
    for (const key of ['a', 'b']) {
      expect(await isSettled(stopping)).to.equal(false);
      const { error, cause = '' } = await cloud.ended(await cloud.start(taskOf(key)));
      expect(error).to.equal('WorkerInterrupted');
      expect(JSON.parse(cause).message).to.equal(`${key}: the worker was told to stop`);
    }
    await stopping;
    expect(polls).to.equal(2);
    const said = lines.map(({ message = '' }) => message).filter((message) => /^(Task|Worker)/.test(message));
    expect(said).to.not.include('Processing task');
    expect(said.slice(-4)).to.deep.equal([
      'Task handed back',
      'Task handed back',
      'Worker stopping',
      'Worker stopped',
    ]);
  });

  it('cuts open polls off when the grace period is over', async () => {
    await boot({ graceSeconds: 0.1 });
    await until(() => pollsInFlight === 3, 'three polls');
    await worker.stop({});
    expect(polls).to.equal(3);
    expect(lines.filter(({ level }) => level !== 'info')).to.deep.equal([]);
  });

  it('hands back the tasks that are still in a slot when the grace period is over', async () => {
    await boot({ slots: 1, graceSeconds: 0.1 });
    const executionArn = await cloud.start(taskOf('hang'));
    await said('Processing task');
    await worker.stop({});
    const { error, cause = '' } = await cloud.ended(executionArn);
    expect(error).to.equal('WorkerInterrupted');
    expect(JSON.parse(cause).message).to.equal('hang: the worker was told to stop; another takes the task');
    expect(lines.at(-1)).to.include({ message: 'Worker stopped' });
  });

  it('does not wait for the end of the grace period when it is told to stop twice', async () => {
    await boot({ slots: 1 });
    const executionArn = await cloud.start(taskOf('hang'));
    await said('Processing task');
    const stopping = worker.stop({});
    worker.stop({});
    await stopping;
    expect((await cloud.ended(executionArn)).error).to.equal('WorkerInterrupted');
    expect(states().filter(([, state]) => state === 'stopping')).to.have.length(1);
  });

  it('polls again after a poll that failed', async () => {
    refusePolls('ServiceUnavailable');
    await boot();
    await said('Polling failed, trying again');
    intercept = () => undefined;
    const executionArn = await cloud.start(taskOf('a'));
    expect((await cloud.ended(executionArn)).status).to.equal('SUCCEEDED');
  });

  it('ends if no poll is answered for a minute', async () => {
    refusePolls('AccessDeniedException');
    await boot();
    await said('Polling failed, trying again');
    clock += 59_999;
    await until(() => lines.filter(({ level }) => level === 'warn').length > 3, 'it tries again');
    clock += 1;
    expect(await running).to.include({ name: 'AccessDeniedException' });
    expect(states()).to.deep.equal([['Worker started', 'starting']]);
  });

  it("does not end if polls are refused because of other workers' polls", async () => {
    refusePolls('ActivityWorkerLimitExceeded');
    await boot();
    clock += 61_000;
    await said('Worker connected');
    await until(() => polls > 4, 'polls go on');
    intercept = () => undefined;
    const executionArn = await cloud.start(taskOf('a'));
    expect((await cloud.ended(executionArn)).status).to.equal('SUCCEEDED');
  });

  it('does not end if polls fail once it has worked', async () => {
    await boot();
    await cloud.ended(await cloud.start(taskOf('a')));
    clock += 61_000;
    refusePolls('AccessDeniedException');
    await cloud.ended(await cloud.start(taskOf('b')));
    await said('Polling failed, trying again');
    intercept = () => undefined;
    expect((await cloud.ended(await cloud.start(taskOf('c')))).status).to.equal('SUCCEEDED');
  });

  it('backs off longer after every poll that fails, and starts again after one that is answered', async () => {
    const waits: number[] = [];
    mock.method(Math, 'random', () => 1);
    const wait = timers.setTimeout;
    mock.method(timers, 'setTimeout', async (milliseconds: number) => {
      // The test itself waits less.
      if (milliseconds < 500) return wait(milliseconds);
      waits.push(milliseconds);
    });
    intercept = ({ action }) => {
      if (action !== 'GetActivityTask') return;
      // The SDK repeats each of the first three.
      if (polls === 7) return {};
      throw new ServiceError('NotNow', 'not now');
    };
    await boot({ slots: 1 });
    await until(() => waits.length >= 6, 'six polls have failed');
    expect(waits.slice(0, 6)).to.deep.equal([500, 1000, 2000, 500, 1000, 2000]);
    // A poll without a task also counts as an answer.
    const causes = lines.filter(({ level }) => level === 'warn').map(({ cause }) => cause);
    expect(new Set(causes)).to.deep.equal(new Set(['not now']));
  });

  it('has any number of polls in flight without a warning of Node.js', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    await boot({ slots: 12 });
    await until(() => polls === 12, 'twelve polls');
    await stopNow();
    process.off('warning', warn);
    expect(warnings.map(({ name }) => name)).not.to.include('MaxListenersExceededWarning');
  });
});
