/** The worker's requests to Step Functions, to a server that is slow or silent, or refuses them. */
import { mock } from 'node:test';
import timers from 'node:timers/promises';
import { ActivityWorkerLimitExceeded } from '@aws-sdk/client-sfn';
import { expect } from 'chai';
import { ActivityClient } from '../../../runtime/worker/activity';
import { failure } from '../../support/failure';
import { captureLines } from '../support/lines';
import { isSettled } from '../support/settled';
import { SilentServer } from '../support/silent-server';

/** A signal that is never aborted. */
const never = () => new AbortController().signal;

describe("the worker's requests", () => {
  const lines = captureLines();
  let server: SilentServer;
  let activity: ActivityClient;
  beforeEach(async () => {
    server = await SilentServer.start();
    activity = new ActivityClient('arn:activity', 'worker', 1);
  });
  afterEach(() => {
    mock.reset();
    mock.timers.reset();
    activity.close();
    server.close();
  });

  const asked = () => server.requests.map(({ body }) => JSON.parse(body));
  const operations = () =>
    server.requests.map(({ response }) => {
      const { 'content-type': type, 'x-amz-target': target = '' } = response.req.headers;
      expect(type).to.equal('application/x-amz-json-1.0');
      return String(target).replace('AWSStepFunctions.', '');
    });

  it('poll for a task: one, or none', async () => {
    server.reply(200, { taskToken: 'token', input: '{}' });
    expect(await activity.poll(never())).to.deep.equal({ token: 'token', input: '{}' });
    server.reply(200, {});
    expect(await activity.poll(never())).to.equal(undefined);
    server.reply(200, { taskToken: 'token' });
    expect(await activity.poll(never())).to.deep.equal({ token: 'token', input: '' });
    expect(asked()[0]).to.deep.equal({ activityArn: 'arn:activity', workerName: 'worker' });
    expect(operations()).to.deep.equal(Array(3).fill('GetActivityTask'));
  });

  it('say which task they are about', async () => {
    const output = '[1]';
    const tooLong = 'c'.repeat(32_769);
    for (let count = 0; count < 3; count += 1) server.reply(200, {});
    await activity.heartbeat('token');
    await activity.report('token', { output }, never());
    await activity.report('token', { error: 'E', cause: tooLong }, never());
    expect(asked()).to.deep.equal([
      { taskToken: 'token' },
      { taskToken: 'token', output },
      { taskToken: 'token', error: 'E', cause: tooLong.slice(1) },
    ]);
    expect(operations()).to.deep.equal(['SendTaskHeartbeat', 'SendTaskSuccess', 'SendTaskFailure']);
  });

  it('wait 70 s for the answer of a poll, which is held for 60 s', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const poll = activity.poll(never());
    await server.until(1);
    mock.timers.tick(69_999);
    expect(await isSettled(poll)).to.equal(false);
    mock.timers.tick(1);
    expect(await failure(poll)).to.include({ name: 'TimeoutError' });
    expect(server.requests).to.have.length(1);
  });

  it('wait as long, to the second, for the answers of the polls that follow', async () => {
    server.reply(200, {});
    await activity.poll(never());
    mock.timers.enable({ apis: ['setInterval'] });
    const poll = activity.poll(never());
    await server.until(2);
    mock.timers.tick(70_000);
    expect(await isSettled(poll)).to.equal(false);
    mock.timers.tick(1_000);
    expect(await failure(poll)).to.include({ name: 'TimeoutError' });
  });

  it('fail a poll whose answer breaks off', async () => {
    const poll = failure(activity.poll(never()));
    await server.until(1);
    const response = server.requests[0]?.response;
    response?.writeHead(200, { 'content-length': 9 }).write('{', () => response.destroy());
    expect(await poll).to.include({ code: 'ECONNRESET' });
  });

  it('do not repeat a poll that broke off: it may have brought a task', async () => {
    const poll = failure(activity.poll(never()));
    await server.until(1);
    server.requests[0]?.response.destroy();
    expect(await poll).to.include({ code: 'ECONNRESET' });
    expect(server.requests).to.have.length(1);
  });

  it('let the SDK repeat a poll that was refused: it names the reason', async () => {
    for (const _ of [1, 2]) server.reply(400, { __type: 'ActivityWorkerLimitExceeded' });
    expect(await failure(activity.poll(never()))).to.be.instanceOf(ActivityWorkerLimitExceeded);
    expect(server.requests).to.have.length(2);
  });

  it('end a poll when it is aborted', async () => {
    const polling = new AbortController();
    const poll = activity.poll(polling.signal);
    await server.until(1);
    polling.abort();
    expect(await failure(poll)).to.include({ name: 'AbortError' });
  });

  it('have as many polls open at a time as the worker says, also more than the 50 of the SDK, and end when closed', async () => {
    const polls = 60;
    const many = new ActivityClient('arn:activity', 'worker', polls);
    const polling = Array.from({ length: polls }, () => many.poll(never()).catch(() => {}));
    await server.until(polls);
    many.close();
    await Promise.all(polling);
  });

  it('try a heartbeat three times, 10 s each, and go on without it', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    mock.method(Math, 'random', () => 0);
    const heartbeat = activity.heartbeat('token');
    await server.until(1);
    mock.timers.tick(9_999);
    expect(await isSettled(heartbeat)).to.equal(false);
    expect(server.requests).to.have.length(1);
    mock.timers.tick(1);
    await server.untilTicking(2);
    mock.timers.tick(10_000);
    await server.untilTicking(3);
    mock.timers.tick(10_000);
    expect(await heartbeat).to.equal(true);
    expect(lines.map(({ message, error }) => [message, error])).to.deep.equal([
      ['Heartbeat failed', 'TimeoutError'],
    ]);
    expect(server.requests).to.have.length(3);
  });

  it('repeat a report, after longer and longer waits, until it is accepted', async () => {
    const waits: unknown[] = [];
    mock.method(timers, 'setTimeout', async (milliseconds: number) => waits.push(milliseconds));
    mock.method(Math, 'random', () => 0.5);
    // The SDK repeats each request once.
    for (let refusals = 0; refusals < 6; refusals += 1) server.reply(400, { __type: 'NotNow' });
    server.reply(200, {});
    expect(await activity.report('token', { output: '[]' }, never())).to.equal(true);
    expect(waits).to.deep.equal([50, 250, 50, 500, 50, 1000]);
    expect(lines.map(({ level, message }) => [level, message])).to.deep.equal(
      Array(3).fill(['warn', 'Report failed, trying again']),
    );
  });

  for (const name of ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']) {
    it(`take ${name} for a task that was given up`, async () => {
      server.reply(400, { __type: name });
      expect(await activity.heartbeat('token')).to.equal(false);
      server.reply(400, { __type: name });
      expect(await activity.report('token', { error: 'E', cause: 'c' }, never())).to.equal(false);
    });
  }

  for (const name of ['InvalidOutput', 'ValidationException']) {
    it(`do not send a report again that was refused with ${name}`, async () => {
      for (const _ of [1, 2]) server.reply(400, { __type: name });
      expect(await failure(activity.report('token', { output: '[]' }, never()))).to.include({ name });
      expect(server.requests).to.have.length(2);
    });
  }
});
