import { totalmem } from 'node:os';
import { expect } from 'chai';
import { readSettings } from '../../../runtime/worker/settings';

const ENVIRONMENT = {
  ACTIVITY_ARN: 'arn',
  WORKER_SLOTS: '2',
  PROCESSOR: 'gzip',
  HEARTBEAT_TIMEOUT_SECONDS: '60',
  TASK_TIMEOUT_SECONDS: '300',
  STOP_TIMEOUT_SECONDS: '120',
};

describe("the worker's settings", () => {
  it('come from its environment: tasks end at 95 % of their timeout, and have three quarters of the stop timeout', () => {
    expect(readSettings({ ...ENVIRONMENT, THREAD_MEMORY_MIB: '64', WORKER_POLLS: '1' })).to.deep.equal({
      activityArn: 'arn',
      slots: 2,
      polls: 1,
      processor: 'gzip',
      heartbeatIntervalSeconds: 20,
      deadlineSeconds: 285,
      graceSeconds: 90,
      threadMemoryMiB: 64,
    });
  });

  it('allow a poll for each slot', () => {
    expect(readSettings({ ...ENVIRONMENT, WORKER_SLOTS: '7' }).polls).to.equal(7);
  });

  it('share three quarters of the memory among the slots, 2 GiB at most', () => {
    const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2 ** 20;
    expect(readSettings({ ...ENVIRONMENT, WORKER_SLOTS: '256' }).threadMemoryMiB).to.equal(
      Math.min(2048, Math.floor((memory * 0.75) / 256)),
    );
    expect(readSettings({ ...ENVIRONMENT, WORKER_SLOTS: '1' }).threadMemoryMiB).to.be.at.most(2048);
  });

  const bad: [string, string | undefined][] = [
    ['ACTIVITY_ARN', undefined],
    ['ACTIVITY_ARN', ''],
    ['WORKER_SLOTS', '0'],
    ['WORKER_SLOTS', '257'],
    ['WORKER_SLOTS', '1.5'],
    ['WORKER_POLLS', '0'],
    ['WORKER_POLLS', '1.5'],
    ['PROCESSOR', 'nobody'],
    ['HEARTBEAT_TIMEOUT_SECONDS', '0'],
    ['TASK_TIMEOUT_SECONDS', '-1'],
    ['STOP_TIMEOUT_SECONDS', 'soon'],
    ['THREAD_MEMORY_MIB', '15'],
    ['THREAD_MEMORY_MIB', '16.5'],
  ];
  for (const [name, value] of bad) {
    it(`refuse ${name}=${value}`, () => {
      expect(() => readSettings({ ...ENVIRONMENT, [name]: value })).to.throw(
        new RegExp(`^Bad environment: ${name}: [^;]+$`),
      );
    });
  }

  it('name all that is wrong', () => {
    expect(() => readSettings({ ...ENVIRONMENT, ACTIVITY_ARN: '', WORKER_SLOTS: '0' })).to.throw(
      /^Bad environment: ACTIVITY_ARN: .*; WORKER_SLOTS: /,
    );
  });
});
