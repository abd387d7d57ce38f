import { mock } from 'node:test';
import { expect } from 'chai';
import { TaskError } from '../../../../runtime/worker/task-error';
import { Heartbeat } from '../../../../runtime/worker/tasks/heartbeat';

describe('the heartbeats of a task', () => {
  let sent: number;
  let waits: boolean;
  let heartbeat: Heartbeat;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval'] });
    sent = 0;
    waits = true;
    const send = async () => {
      sent += 1;
      return waits;
    };
    heartbeat = new Heartbeat(send, 20);
  });
  afterEach(() => mock.timers.reset());

  it('are sent at every interval, the first one after it, until they are stopped', () => {
    mock.timers.tick(19_999);
    expect(sent).to.equal(0);
    mock.timers.tick(1);
    expect(sent).to.equal(1);
    mock.timers.tick(40_000);
    expect(sent).to.equal(3);
    heartbeat.stop();
    mock.timers.tick(60_000);
    expect(sent).to.equal(3);
    expect(heartbeat.givenUp.aborted).to.equal(false);
  });

  it('say when Step Functions has given the task up', async () => {
    await heartbeat.beat();
    expect(heartbeat.givenUp.aborted).to.equal(false);
    waits = false;
    await heartbeat.beat();
    const { reason } = heartbeat.givenUp;
    expect(reason).to.be.instanceOf(TaskError);
    expect(reason).to.include({
      name: 'ProcessorTimeout',
      message: 'Step Functions has given the task up',
    });
  });
});
