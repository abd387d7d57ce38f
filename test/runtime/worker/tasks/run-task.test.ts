/** A task from the poll's answer to the accepted report, with the local cloud's Step Functions. */
import { mock } from 'node:test';
import { expect } from 'chai';
import type { LocalCloudOptions } from '../../../../local/cloud';
import { ServiceError } from '../../../../local/core/service';
import type { ActivityClient, ActivityTask } from '../../../../runtime/worker/activity';
import { Metrics } from '../../../../runtime/worker/metrics';
import { TaskError } from '../../../../runtime/worker/task-error';
import { runTask, type TaskContext } from '../../../../runtime/worker/tasks/run-task';
import { SlotAssigner } from '../../../../runtime/worker/tasks/slot-assigner';
import { lanes, type ProcessInLane } from '../../support/lanes';
import { captureLines } from '../../support/lines';
import { resultOf, TaskCloud, taskOf } from '../../support/task-cloud';

const RESULT = resultOf('a');

describe('running a task', () => {
  const lines = captureLines();
  let cloud: TaskCloud;
  let activity: ActivityClient;
  let metrics: Metrics;
  let draining: AbortController;
  let interruption: AbortController;
  /** Metric lines. */
  let written: string[];

  const boot = async (options: Partial<LocalCloudOptions> = {}, heartbeatSeconds?: number) => {
    cloud = await TaskCloud.boot(options, heartbeatSeconds);
    activity = cloud.activity();
    written = [];
    metrics = new Metrics('family', (line) => written.push(line));
    draining = new AbortController();
    interruption = new AbortController();
    lines.length = 0;
  };
  afterEach(async () => {
    metrics.close();
    activity.close();
    await cloud.close();
  });

  const take = async (input: unknown): Promise<{ executionArn: string; task: ActivityTask }> => {
    const executionArn = await cloud.start(input);
    const task = await activity.poll(new AbortController().signal);
    if (!task) throw new Error('the poll ended without a task');
    return { executionArn, task };
  };
  const run = (task: ActivityTask, more: Partial<TaskContext>) =>
    runTask(task, {
      activity,
      metrics,
      workerId: 'worker',
      slotAssigner: new SlotAssigner(1),
      heartbeatIntervalSeconds: 60,
      open: lanes(async () => RESULT),
      draining: draining.signal,
      interruption: interruption.signal,
      ...more,
    });
  /** A slot that works until its signal is aborted; `begun` resolves when it has the task. */
  const endless = () => {
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const processForEver: ProcessInLane = (_request, signal) => {
      begin();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    return { begun, open: lanes(processForEver) };
  };
  const warnings = () =>
    lines.filter(({ level }) => level === 'warn').map(({ message, cause }) => [message, cause]);

  it('reports its success, and counts its objects', async () => {
    await boot();
    const { executionArn, task } = await take(taskOf('a'));
    await run(task, {});
    const { status, output } = await cloud.ended(executionArn);
    expect(status).to.equal('SUCCEEDED');
    expect(JSON.parse(output ?? '')).to.deep.equal([RESULT]);
    metrics.close();
    expect(written.map((line) => JSON.parse(line))).to.have.length(1);
    expect(JSON.parse(written[0] ?? '')).to.include({ ObjectsProcessed: 1, SlotsBusy: 0 });
  });

  it('reports its failure', async () => {
    await boot();
    const { executionArn, task } = await take(taskOf('a'));
    const crash = new TaskError('ProcessorCrashed', 'exit code 1');
    await run(task, { open: lanes(() => Promise.reject(crash)) });
    const ended = await cloud.ended(executionArn);
    expect(ended).to.include({ status: 'FAILED', error: 'ProcessorCrashed' });
    expect(JSON.parse(ended.cause ?? '')).to.include({ message: 'a: exit code 1', worker_id: 'worker' });
  });

  it('reports an input that is not a task, of any length', async () => {
    await boot();
    const objects = Array.from({ length: 1000 }, () => ({ Key: 1 }));
    const { executionArn, task } = await take({ ...taskOf(), objects });
    await run(task, {});
    const ended = await cloud.ended(executionArn);
    expect(ended).to.include({ status: 'FAILED', error: 'InvalidTask' });
    expect(ended.cause).to.match(/^objects\.0\.Key: /);
    expect(ended.cause).to.have.length(32_768);
  });

  it('sends heartbeats while it works and while it reports', async () => {
    let heartbeats = 0;
    let beat = () => {};
    const nextHeartbeat = async () => {
      await new Promise<void>((resolve) => {
        beat = resolve;
      });
    };
    // The SDK repeats each request once.
    let refusals = 6;
    await boot({
      async intercept({ action }) {
        if (action === 'SendTaskHeartbeat') {
          heartbeats += 1;
          beat();
        }
        if (action !== 'SendTaskSuccess' || refusals === 0) return;
        refusals -= 1;
        await nextHeartbeat();
        throw new ServiceError('NotNow', 'later');
      },
    });
    const { executionArn, task } = await take(taskOf('a'));
    await run(task, {
      heartbeatIntervalSeconds: 0.05,
      open: lanes(async () => {
        await nextHeartbeat();
        await nextHeartbeat();
        return RESULT;
      }),
    });
    expect((await cloud.ended(executionArn)).status).to.equal('SUCCEEDED');
    expect(heartbeats).to.be.at.least(5);
    expect(warnings()).to.deep.equal(Array(3).fill(['Report failed, trying again', 'later']));
  });

  it('goes on if a heartbeat is lost', async () => {
    await boot({
      intercept: ({ action }) => {
        if (action === 'SendTaskHeartbeat') throw new ServiceError('ServiceUnavailable', 'later', 503);
      },
    });
    expect(await activity.heartbeat('a token')).to.equal(true);
    expect(warnings()).to.deep.equal([['Heartbeat failed', 'later']]);
  });

  it('ends its work, and reports nothing, when Step Functions has given it up', async () => {
    await boot();
    const { executionArn, task } = await take(taskOf('a'));
    const slot = endless();
    const running = run(task, { open: slot.open, heartbeatIntervalSeconds: 0.1 });
    await slot.begun;
    await cloud.stop(executionArn);
    await running;
    expect(lines.map(({ message, error }) => [message, error])).to.deep.equal([
      ['Processing task', undefined],
      ['Task failed', 'ProcessorTimeout'],
      ['Report refused: Step Functions has given the task up', undefined],
    ]);
  });

  it('asks at once whether it was given up when the worker is told to stop', async () => {
    await boot();
    const { executionArn, task } = await take(taskOf('a'));
    const slot = endless();
    const running = run(task, { open: slot.open });
    await slot.begun;
    await cloud.stop(executionArn);
    draining.abort();
    await running;
    expect(lines.map(({ message }) => message)).to.include('Task failed');
  });

  it('sends no heartbeat once it has ended', async () => {
    await boot();
    const { executionArn, task } = await take(taskOf('a'));
    const heartbeat = mock.method(activity, 'heartbeat');
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      await run(task, { heartbeatIntervalSeconds: 20 });
      draining.abort();
      mock.timers.tick(60_000);
    } finally {
      mock.timers.reset();
    }
    expect(heartbeat.mock.callCount()).to.equal(0);
    expect((await cloud.ended(executionArn)).status).to.equal('SUCCEEDED');
  });

  it('is handed back when the worker waits no longer', async () => {
    await boot();
    const { executionArn, task } = await take(taskOf('a'));
    const slot = endless();
    const running = run(task, { open: slot.open });
    await slot.begun;
    interruption.abort(new TaskError('WorkerInterrupted', 'told to stop'));
    await running;
    expect(await cloud.ended(executionArn)).to.include({ status: 'FAILED', error: 'WorkerInterrupted' });
  });

  it('says that its report came too late', async () => {
    await boot();
    const { executionArn, task } = await take(taskOf('a'));
    await cloud.stop(executionArn);
    await run(task, {});
    expect(warnings()).to.deep.equal([['Report refused: Step Functions has given the task up', undefined]]);
  });

  it('gives its report up if it cannot be sent, and Step Functions no longer waits for it', async () => {
    await boot({
      intercept: ({ action }) => {
        if (action === 'SendTaskSuccess') throw new ServiceError('ServiceUnavailable', 'later', 503);
      },
    });
    const { executionArn, task } = await take(taskOf('a'));
    const running = run(task, {
      heartbeatIntervalSeconds: 0.3,
      open: lanes(async () => {
        await cloud.stop(executionArn);
        return RESULT;
      }),
    });
    await running;
    expect(warnings().at(-1)).to.deep.equal(['Report abandoned', 'Step Functions has given the task up']);
  });

  it('fails with an error that says why, if its result is not acceptable', async () => {
    await boot({
      intercept: ({ action }) => {
        if (action === 'SendTaskSuccess') throw new ServiceError('InvalidOutput', 'no');
      },
    });
    const { executionArn, task } = await take(taskOf('a'));
    await run(task, {});
    expect(await cloud.ended(executionArn)).to.include({
      status: 'FAILED',
      error: 'InvalidTask',
      cause: 'no',
    });
    expect(lines.at(-1)).to.include({ level: 'error', message: 'Report refused', cause: 'no' });
  });
});
