import { mock } from 'node:test';
import {
  DeleteActivityCommand,
  GetActivityTaskCommand,
  ListActivitiesCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import type { StatesError } from '../../../../../local/services/states/language/errors';
import { Activities } from '../../../../../local/services/states/run/activities';
import { ended } from '../../../../support/execution';
import { until } from '../../../../support/until';
import {
  createActivity,
  createMachine,
  errorName,
  historyOf,
  type StatesServer,
  start,
  startServer,
  takeTask,
} from '../server';

describe('activities', () => {
  let cloud: StatesServer;
  let activity: string;

  const boot = async (activityPollSeconds: number) => {
    cloud = await startServer({ activityPollSeconds });
    activity = await createActivity(cloud);
  };
  /** Replaces the cloud by one whose polls wait for tasks, no matter how long these take. */
  const bootImpatient = async () => {
    await cloud.close();
    await boot(0.1);
  };

  beforeEach(() => boot(60));
  afterEach(() => cloud.close());

  const task = (fields: object = {}) => ({
    Work: { Type: 'Task', Resource: activity, Arguments: '{% $states.input %}', End: true, ...fields },
  });
  const succeed = (taskToken: string, output = '{}') =>
    cloud.sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
  const refusalText = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: Error) => error.message,
    );
  const poll = (abortSignal?: AbortSignal) =>
    cloud.sfn.send(new GetActivityTaskCommand({ activityArn: activity }), { abortSignal });
  const requested = (action: string) => cloud.requests.filter((name) => name === `states:${action}`).length;

  it('hand out tasks in the order in which they were scheduled', async () => {
    const machine = await createMachine(cloud, task());
    const executions: string[] = [];
    for (const number of [1, 2, 3]) executions.push(await start(cloud, machine, { number }));
    for (const number of [1, 2, 3]) {
      const { token, input } = await takeTask(cloud, activity);
      expect(input).to.deep.equal({ number });
      await succeed(token, JSON.stringify(number * 10));
    }
    const outputs = await Promise.all(executions.map((arn) => ended(cloud, arn)));
    expect(outputs.map(({ output }) => output)).to.deep.equal(['10', '20', '30']);
  });

  it('answer a poll without a task when none comes', async () => {
    await bootImpatient();
    const { taskToken } = await poll();
    expect(taskToken).to.equal(undefined);
  });

  it('give no task to a poll whose client hung up', async () => {
    const hangUp = new AbortController();
    const abandoned = errorName(poll(hangUp.signal));
    await until(() => cloud.arrived.includes('states:GetActivityTask'), 'the poll arrives');
    hangUp.abort();
    expect(await abandoned).to.equal('AbortError');
    await until(() => requested('GetActivityTask') === 1, 'the hang-up');
    const arn = await start(cloud, await createMachine(cloud, task()));
    await succeed((await takeTask(cloud, activity)).token);
    expect((await ended(cloud, arn)).status).to.equal('SUCCEEDED');
  });

  it('time a task out from when a worker takes it', async () => {
    const machine = await createMachine(cloud, task({ TimeoutSeconds: 1 }));
    const arn = await start(cloud, machine);
    // The clock does not run while the task waits.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const { token } = await takeTask(cloud, activity, 'slow');
    const { status, error } = await ended(cloud, arn);
    expect([status, error]).to.deep.equal(['FAILED', 'States.Timeout']);
    expect(await errorName(succeed(token))).to.equal('TaskTimedOut');
    expect(await errorName(cloud.sfn.send(new SendTaskHeartbeatCommand({ taskToken: token })))).to.equal(
      'TaskTimedOut',
    );
    const events = await historyOf(cloud, arn);
    expect(events.map(({ type }) => type)).to.include('ActivityTimedOut');
    expect(events.find(({ type }) => type === 'ActivityStarted')?.activityStartedEventDetails).to.deep.equal({
      workerName: 'slow',
    });
  });

  it('time a task out when its heartbeats stop', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const activities = new Activities(60);
      const { signal } = new AbortController();
      const one = activities.create(activity, 'one');
      const clocks = { timeoutSeconds: 60, heartbeatSeconds: 2 };
      const request = { input: '{}', ...clocks, whenCancelled: () => () => {}, started: () => {} };
      const scheduled = activities.schedule(one, request).catch((error: StatesError) => error.error);
      const { token = '' } = (await activities.poll(one, 'w', { signal })) ?? {};
      for (let beats = 0; beats < 3; beats += 1) {
        mock.timers.tick(1_999);
        activities.heartbeat(token);
      }
      mock.timers.tick(2_000);
      expect(() => activities.heartbeat(token))
        .to.throw()
        .with.property('code', 'TaskTimedOut');
      expect(await scheduled).to.equal('States.HeartbeatTimeout');
    } finally {
      mock.timers.reset();
    }
  });

  it('take a task away from its worker when the execution is stopped', async () => {
    const arn = await start(cloud, await createMachine(cloud, task()));
    const { token } = await takeTask(cloud, activity);
    await cloud.sfn.send(new StopExecutionCommand({ executionArn: arn, error: 'Enough', cause: 'of it' }));
    expect(await errorName(succeed(token))).to.equal('TaskTimedOut');
    expect(await ended(cloud, arn)).to.include({ status: 'ABORTED', error: 'Enough', cause: 'of it' });
    const types = (await historyOf(cloud, arn)).map(({ type }) => type);
    expect(types.slice(-2)).to.deep.equal(['ActivityStarted', 'ExecutionAborted']);
  });

  it('remove a task from the queue when the execution is stopped before a worker gets it', async () => {
    await bootImpatient();
    const arn = await start(cloud, await createMachine(cloud, task()));
    await cloud.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    expect((await poll()).taskToken).to.equal(undefined);
  });

  it('refuse any report that is not of an open task', async () => {
    const arn = await start(cloud, await createMachine(cloud, task()));
    const { token } = await takeTask(cloud, activity);
    expect(await errorName(succeed(token, 'no json'))).to.equal('InvalidOutput');
    expect(await errorName(succeed(token, '['.repeat(100_000) + ']'.repeat(100_000)))).to.equal(
      'InvalidOutput',
    );
    expect(await errorName(succeed(token, JSON.stringify('x'.repeat(262_144))))).to.equal(
      'ValidationException',
    );
    const fail = new SendTaskFailureCommand({ taskToken: token, error: 'x'.repeat(257) });
    expect(await errorName(cloud.sfn.send(fail))).to.equal('ValidationException');
    expect(await errorName(succeed('nonsense'))).to.equal('InvalidToken');
    expect(await errorName(succeed(`x${token}`))).to.equal('TaskDoesNotExist');
    expect(await errorName(succeed(token, '"done"'))).to.equal('accepted');
    expect(await errorName(succeed(token))).to.equal('TaskTimedOut');
    expect((await ended(cloud, arn)).output).to.equal('"done"');
  });

  it('accept at most 1,000 pollers at a time', async () => {
    const activities = new Activities(60);
    const idle = activities.create(activity, 'idle');
    const polls = Array.from({ length: 1_000 }, () => activities.poll(idle, 'w', new AbortController()));
    const refused = () => activities.poll(idle, 'w', new AbortController());
    expect(refused)
      .to.throw('maximum number of workers')
      .with.property('code', 'ActivityWorkerLimitExceeded');
    activities.close();
    await Promise.all(polls);
  });

  it('hand out no task whose execution has a full history', async () => {
    const full = () => {
      throw new Error('full');
    };
    const activities = new Activities(60);
    const { signal } = new AbortController();
    const one = activities.create(activity, 'one');
    const scheduled = refusalText(
      activities.schedule(one, { input: '{}', whenCancelled: () => () => {}, started: full }),
    );
    expect(await activities.poll(one, 'w', { signal })).to.equal(undefined);
    expect(await scheduled).to.equal('full');
  });

  it('are created once, listed and deleted', async () => {
    expect(await createActivity(cloud)).to.equal(activity);
    const { activities } = await cloud.sfn.send(new ListActivitiesCommand());
    expect(activities?.map(({ name }) => name)).to.deep.equal(['work']);
    expect(activities?.[0]?.creationDate).to.be.an.instanceOf(Date);
    await cloud.sfn.send(new DeleteActivityCommand({ activityArn: activity }));
    expect(await errorName(poll())).to.equal('ActivityDoesNotExist');
    const arn = await start(cloud, await createMachine(cloud, task()));
    expect((await ended(cloud, arn)).error).to.equal('States.Runtime');
  });
});
